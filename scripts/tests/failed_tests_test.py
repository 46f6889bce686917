"""Holds `scripts/failed-tests` to its rules, with logs and reports as Swift Testing 6.3 writes them."""
import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "failed-tests"
END_TO_END = "TealEndToEndTests.EndToEnd.Releases"
NAME = "a deploy is not noticed"
ID = f"TealEndToEndTests.EndToEnd/Releases/`{NAME}`()"

LATE = "2 late (request 7 (plain): no full answer within 5 s; request 9 (kept): answered after 5210 ms)"
FAILED = "Expectation failed: (report.failed → 2) == 0"
# What follows from late answers and says nothing of its own.
TAKEN_BACK = "Expectation failed: (view.outcome.state → reverted) == .settled"
SLOWER = "Expectation failed: (report.rateAchieved → 20.25) >= (Double(asked.rate) / 2 → 50.0)"

# Each with the words that the script knows it by.
FATAL = [
    "Expectation failed: (report.reconnects → 1) == 0",
    "Expectation failed: (report.streamsCut → 1) <= (allowed.streamsCut → 0)",
    "Expectation failed: (report.sseCut → 1) == 0",
    "Expectation failed: (report.webSocketsCut → 1) == 0",
    "Expectation failed: (report.webSocketsWrong → 1) == 0",
    "Expectation failed: (report.answeredByRelease → 3) == 0",
    'Expectation failed: (report.perRelease["old"]?.errors → 3) == 0',
    "Expectation failed: (view.counters.cutRequests → 2) == 0",
    'Expectation failed: (broken → ["traffic points at a proven release (1): []"]).isEmpty → false',
    "Expectation failed: (lost.isEmpty → false) && (all.isSuperset(of: counts.keys) → true)",
    "Expectation failed: (unlogged().count → 3) <= (lost.count + 1 → 1)",
    "Expectation failed: counts.values.allSatisfy { $0 == 1 }",
    'Expectation failed: (Set(done.keys) → ["j1"]) == (fed → ["j1", "j2"])',
]


def load():
    """The script as a module: a process for each question would take most of the time."""
    loader = importlib.machinery.SourceFileLoader("failed_tests", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    # What is compiled stays out of the folder of the scripts.
    with unittest.mock.patch.object(sys, "dont_write_bytecode", True):
        loader.exec_module(module)
    return module


failed_tests = load()


def issue(what, *comments, name=NAME, arguments="", between=()):
    """What is written of one issue; `between` are the lines before its comments."""
    first = f'✘ Test "{name}" recorded an issue{arguments} at ReleaseTests.swift:12:9: {what}'
    return "".join(f"{line}\n" for line in (first, *between, *(f"↳ {comment}" for comment in comments)))


def coloured(log):
    return re.sub("^↳ .*$", "\x1b[90m\\g<0>\x1b[0m", log.replace("✘", "\x1b[91m✘\x1b[0m"), flags=re.MULTILINE)


def case(failures, suite=END_TO_END, name=f"`{NAME}`()"):
    """A test of a report, with so many issues."""
    issues = '<failure message="" />' * failures
    return f'<testcase classname="{suite}" name="{name}" time="1.5">{issues}</testcase>'


class FailedTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def ask(self, *logs, reports=None, machine=None):
        """The exit code of the script, and what it prints.

        Of reports, None is one that is missing; without any, one test failed by all that is told.
        """
        if reports is None:
            reports = [case("".join(logs).count("recorded an issue"))]
        words = ["--log", *(self.write(f"log-{number}", log) for number, log in enumerate(logs)), "--report"]
        for number, cases in enumerate(reports):
            text = f'<?xml version="1.0" encoding="UTF-8"?><testsuites><testsuite>{cases}</testsuite></testsuites>'
            words.append(self.folder / "none.xml" if cases is None else self.write(f"{number}.xml", text))
        if machine is not None:
            words += ["--machine", self.write("machine", machine)]
        printed = io.StringIO()
        with unittest.mock.patch("sys.argv", [str(SCRIPT), *map(str, words)]), contextlib.redirect_stdout(printed):
            return failed_tests.main(), printed.getvalue()

    def run_script(self, *words):
        """The same of a process."""
        ended = subprocess.run([SCRIPT, *words], capture_output=True, encoding="utf-8", check=False)
        return ended.returncode, ended.stdout

    def assert_named(self, answer, *names):
        code, printed = answer
        self.assertEqual(code, 0)
        self.assertTrue(printed.endswith("\n"))
        alternatives = printed.rstrip("\n").split("|")
        self.assertEqual(len(alternatives), len(names or [ID]))
        for name in names or [ID]:
            self.assertEqual(sum(re.fullmatch(one, name) is not None for one in alternatives), 1, name)

    def assert_refused(self, answer):
        self.assertEqual(answer, (1, ""))


class WhatWasSaid(FailedTests):
    def test_answers_that_were_only_late_are_excused(self):
        self.assert_named(self.ask(issue(FAILED, LATE)))

    def test_and_so_is_what_follows_from_them(self):
        self.assert_named(self.ask(issue(FAILED, f"round 2: {LATE}") + issue(TAKEN_BACK)))
        self.assert_named(self.ask(issue(TAKEN_BACK) + issue(FAILED, LATE)))

    def test_what_is_said_without_late_answers_is_not(self):
        self.assert_refused(self.ask(issue(TAKEN_BACK, "users were on the old release")))

    def test_late_answers_of_one_test_excuse_no_other(self):
        log = issue(FAILED, LATE) + issue(TAKEN_BACK, name="another")
        self.assert_refused(self.ask(log, reports=[case(1) + case(1, name="`another`()")]))

    def test_a_request_that_failed_in_another_way_is_not_excused(self):
        ways = [
            "not-connected", "cut", "malformed", "wrong-body", "wrong-status", "gateway-error", "no-release", "wrong-release",
        ]
        for way in ways:
            with self.subTest(way):
                self.assert_refused(self.ask(issue(FAILED, f"1 {way} (request 3 (plain): …), {LATE}")))
                self.assert_refused(self.ask(issue(FAILED, f"{LATE}, 1 {way} (request 3 (plain): …)")))
                self.assert_refused(self.ask(issue(FAILED, LATE) + issue(FAILED, f"1 {way} (request 3 (plain): …)")))

    def test_nor_is_one_that_is_told_after_a_difference_or_on_a_later_line(self):
        cut = "1 cut (request 3 (plain): the connection ended)"
        lines = [["± inserted [\"new\"], removed [\"old\"]"], ["at once"], ["  and more of it"]]
        for between in lines:
            with self.subTest(between):
                self.assert_refused(self.ask(issue(FAILED, LATE) + issue(TAKEN_BACK, cut, between=between)))
        self.assert_refused(self.ask(issue(FAILED, LATE, f"round 2\n  {cut}")))

    def test_what_others_say_is_not_taken_for_a_comment(self):
        ended = f'✘ Test "{NAME}" failed after 9.1 seconds with 1 issue.\n↳ 1 cut (…)\n'
        self.assert_named(self.ask(issue(FAILED, LATE) + "  » 1 cut (as it was to be)\n" + ended))
        self.assert_refused(self.ask(issue(TAKEN_BACK) + f"◇ Test run started.\n↳ {LATE}\n"))
        self.assert_refused(self.ask(issue(TAKEN_BACK) + f"{LATE}\n"))

    def test_a_broken_promise_is_never_excused(self):
        for what in FATAL:
            with self.subTest(what):
                self.assert_refused(self.ask(issue(FAILED, LATE) + issue(what)))
                self.assert_refused(self.ask(issue(what, LATE)))

    def test_less_load_than_was_asked_for_is_excused(self):
        self.assert_named(self.ask(issue(SLOWER)))
        messages = "Expectation failed: (Double(report.webSocketMessages) → 12.0) >= (expected / 2 → 50.0)"
        self.assert_named(self.ask(issue(messages, "of 100.0 messages")))

    def test_no_load_at_all_is_not(self):
        self.assert_refused(self.ask(issue(SLOWER.replace("20.25", "0.0"))))
        self.assert_refused(self.ask(issue("Expectation failed: (report.webSocketMessages → 0) > 0")))

    def test_a_wait_for_a_start_is_excused(self):
        for wait in ["an answer of v1", "something is in flight", "all replicas are proven and routed"]:
            with self.subTest(wait):
                self.assert_named(self.ask(issue(f"Caught error: not within 30.0 seconds: {wait}")))

    def test_another_wait_is_not(self):
        self.assert_refused(self.ask(issue("Caught error: not within 20.0 seconds: the drain ends")))

    def test_an_issue_of_an_unknown_form_is_not(self):
        lines = [
            f'✘ Test "{NAME}" recorded an issue: {FAILED}',
            f"✘ Suite Releases recorded an issue at ReleaseTests.swift:3:5: {FAILED}",
            f'half a line of a program✘ Test "{NAME}" recorded an issue at ReleaseTests.swift:12:9: {FAILED}',
        ]
        for line in lines:
            with self.subTest(line):
                self.assert_refused(self.ask(issue(FAILED, LATE) + f"{line}\n↳ {LATE}\n", reports=[case(1)]))

    def test_colours_change_nothing(self):
        self.assert_named(self.ask(coloured(issue(FAILED, LATE))))
        self.assert_refused(self.ask(coloured(issue(FAILED, f"1 cut (…), {LATE}"))))
        self.assert_refused(self.ask(coloured(issue(FAILED, LATE) + issue(FATAL[0]))))


class WithArguments(FailedTests):
    def test_a_case_with_late_answers_is_excused(self):
        for arguments in [" with 1 argument edge → proxy", " with 2 arguments handover, killed"]:
            with self.subTest(arguments):
                log = issue(FAILED, LATE, arguments=arguments) + issue(TAKEN_BACK, arguments=arguments)
                self.assert_named(self.ask(log))

    def test_and_excuses_no_other_case_of_the_same_test(self):
        for one, other in [("proxy", "nginxBefore"), ("killed at step 1", "killed at step 2")]:
            with self.subTest(one):
                log = issue(FAILED, LATE, arguments=f" with 1 argument place → {one}")
                self.assert_refused(self.ask(log + issue(TAKEN_BACK, arguments=f" with 1 argument place → {other}")))

    def test_a_broken_promise_of_one_case_is_not_excused(self):
        log = issue(FAILED, LATE, arguments=" with 1 argument edge → proxy")
        self.assert_refused(self.ask(log + issue(FATAL[0], arguments=" with 1 argument edge → nginxBefore")))


class OnAMachineThatStoodStill(FailedTests):
    STILL = "12:00:01 stood still for 3.2 s\n"

    def test_anything_that_is_not_fatal_is_excused(self):
        for what in [TAKEN_BACK, SLOWER.replace("20.25", "0.0"), "Caught error: not within 20.0 seconds: the drain ends"]:
            with self.subTest(what):
                self.assert_named(self.ask(issue(what), machine=self.STILL))

    def test_what_is_fatal_is_not(self):
        logs = [issue(FAILED, f"1 cut (…), {LATE}"), issue(FAILED, "1 wrong-release (…)"), *map(issue, FATAL)]
        for log in logs:
            with self.subTest(log):
                self.assert_refused(self.ask(log, machine=self.STILL))

    def test_nor_is_what_nobody_can_tell(self):
        unknown = f'✘ Test "{NAME}" recorded an issue: {FAILED}\n'
        self.assert_refused(self.ask(unknown, machine=self.STILL))
        self.assert_refused(self.ask(issue(TAKEN_BACK), reports=[case(1), None], machine=self.STILL))
        self.assert_refused(self.ask(issue(TAKEN_BACK), reports=[case(1, suite="TealEngineTests.Drains")], machine=self.STILL))

    def test_one_that_did_not_excuses_nothing(self):
        self.assert_refused(self.ask(issue(TAKEN_BACK), machine=""))
        log, report = self.write("log", issue(TAKEN_BACK)), self.write("0.xml", f"<testsuites>{case(1)}</testsuites>")
        words = ["--log", log, "--report", report, "--machine"]
        self.assert_named(self.run_script(*words, self.write("machine", self.STILL)))
        self.assert_refused(self.run_script(*words, self.folder / "none"))
        self.write("log", issue(FAILED, LATE))
        self.assert_named(self.run_script(*words, self.folder / "none"))


class WhatFailed(FailedTests):
    def test_nothing_names_nothing(self):
        self.assert_refused(self.ask("✔ Test run with 3 tests in 1 suite passed after 9.1 seconds.\n", reports=[case(0)]))

    def test_tests_that_passed_are_not_named(self):
        passed = case(0, name="`another`()") + case(0, suite="TealEngineTests.Drains")
        self.assert_named(self.ask(issue(FAILED, LATE), reports=[passed + case(1)]))

    def test_one_that_is_not_end_to_end_is_not_tried_again(self):
        for suite in ["TealEngineTests.Drains", "TealEndToEndTestsOfOthers.Drains"]:
            with self.subTest(suite):
                cases = case(1) + case(1, suite=suite, name="`a drain ends`()")
                self.assert_refused(self.ask(issue(FAILED, LATE) * 2, reports=[cases]))

    def test_a_report_that_is_missing_or_cut_off_means_that_anything_may_have(self):
        log = issue(FAILED, LATE)
        self.assert_refused(self.ask(log, reports=[case(1), None]))
        self.assert_refused(self.ask(log, reports=[None, case(1)]))
        # A run that dies leaves the beginning.
        cut = self.write("cut.xml", '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n')
        self.assert_refused(self.run_script("--log", self.write("log", log), "--report", cut))

    def test_so_does_a_log_that_does_not_tell_of_each_failure(self):
        self.assert_refused(self.ask("", reports=[case(1)]))
        self.assert_refused(self.ask(issue(FAILED, LATE), reports=[case(1) + case(1, name="`another`()")]))
        self.assert_refused(self.ask(issue(FAILED, LATE), reports=[case(2)]))

    def test_all_logs_and_reports_count(self):
        another = issue(SLOWER, name="another")
        reports = [case(1), case(1, name="`another`()"), case(0)]
        names = [ID, ID.replace(NAME, "another")]
        self.assert_named(self.ask(issue(FAILED, LATE), "", another, reports=reports), *names)
        self.assert_refused(self.ask(issue(FAILED, LATE), another + issue(FATAL[0]), reports=[case(1), case(2)]))
        self.assert_refused(self.ask(issue(FATAL[0]), another, reports=reports))
        self.assert_refused(self.ask(issue(FAILED, LATE), issue(TAKEN_BACK, name="another"), reports=reports))

    def test_names_are_escaped_for_a_regular_expression(self):
        name = "it's [5+5] s, or (more)? $1.0 | ^a*b{2}"
        code, printed = self.ask(issue(FAILED, LATE, name=name), reports=[case(1, name=f"`{name}`(_:)")])
        self.assertEqual(code, 0)
        whole = f"TealEndToEndTests.EndToEnd/Releases/`{name}`(_:)"
        self.assertTrue(re.fullmatch(printed.rstrip("\n"), whole))
        self.assertFalse(re.search(printed.rstrip("\n"), whole.replace("1.0", "1x0")))


if __name__ == "__main__":
    unittest.main()
