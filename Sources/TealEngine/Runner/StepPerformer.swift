/// Carries out the steps of rollouts by means of the drivers.
package protocol StepPerformer: Sendable {
    /// Performs one step and says how it ended. A cancelled call still returns, as soon as it can.
    func perform(_ step: Step, of rollout: Rollout) async -> StepResult
}
