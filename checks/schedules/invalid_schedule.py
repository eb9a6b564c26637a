from auditor import Confidence, Fail, NotApplicable, Pass, Repo, Schedule, Severity, Verdict, check, example


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(files={"crontab": "61 * * * * python job.py  # FAIL\n", "job.py": "print(1)\n"}, show=True),
        example(files={"crontab": "*/15 * * * * python job.py\n", "job.py": "print(1)\n"}, show=True),
        example(
            files={
                "job.ts": """
                    import OpenAI from "openai";
                    import cron from "node-cron";
                    cron.schedule("*/5 * * * *", () => console.log("tick"));
                    cron.schedule("99 * * * *", () => console.log("never"));  // FAIL
                """
            }
        ),
    ],
)
def invalid_schedule(schedule: Schedule, repo: Repo) -> Verdict:
    """A schedule's expression is not valid, so it never fires or the scheduler refuses to start.

    ## Why it matters
    The job that was meant to run does not, or a whole scheduler stops at start-up; and what it would cost is unknown.

    ## What to do
    Write the expression in the scheduler's own notation: some take five fields, some six, AWS wants `?` in one of the
    day fields, and weekdays count from 0 or from 1.

    ## Limits
    Expressions that stand in variables, charts' values or settings outside the repository are not seen. A schedule that
    reaches no model call is reported as minor.
    """
    if not schedule.known_cadence and not schedule.invalid:
        return NotApplicable("the cadence stands outside the repository")
    if schedule.invalid:
        trigger = repo.trigger_of(schedule)
        severity = Severity.MINOR if trigger is not None and trigger.reaches is False else Severity.MAJOR
        why = f"the schedule's expression is invalid: {schedule.invalid}"
        return Fail(why, confidence=Confidence.MEDIUM, severity=severity)
    return Pass()
