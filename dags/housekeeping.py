"""Every night: delete what feeds' terms allow no longer to be kept, report the feeds' health."""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from pipeline.connections import tell_slack


@dag(
    dag_id="housekeeping",
    schedule=CronTriggerTimetable("30 3 * * *", timezone="Europe/Kyiv"),
    max_active_runs=1,
    catchup=False,
    dagrun_timeout=timedelta(hours=1),
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5), "execution_timeout": timedelta(minutes=30)},
    on_failure_callback=tell_slack,
    doc_md=__doc__,
    tags=["stancewatch"],
)
def housekeeping() -> None:
    """Retention and the feed health report."""

    @task(task_id="housekeeping")
    def keep_house() -> dict[str, int]:
        from pipeline import bootstrap, flows

        return flows.housekeeping(bootstrap.services())

    keep_house()


housekeeping()
