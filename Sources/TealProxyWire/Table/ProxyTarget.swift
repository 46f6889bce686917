/// One address behind a service.
package struct ProxyTarget: Hashable, Sendable {
    package let id: TargetID
    package let address: TargetAddress

    package init(id: TargetID, address: TargetAddress) {
        self.id = id
        self.address = address
    }
}
