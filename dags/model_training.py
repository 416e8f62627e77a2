"""Every Sunday night: train on all labelled texts, hold the model against its floors, make it the current one."""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from pipeline.connections import tell_slack


@dag(
    dag_id="model_training",
    # without the last argument the first start on a Sunday would train at once
    schedule=CronTriggerTimetable("0 2 * * 0", timezone="Europe/Kyiv", run_immediately=timedelta(0)),
    max_active_runs=1,
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"retries": 1, "retry_delay": timedelta(minutes=5), "execution_timeout": timedelta(minutes=45)},
    on_failure_callback=tell_slack,
    doc_md=__doc__,
    tags=["stancewatch"],
)
def model_training() -> None:
    """Train >> evaluate >> promote; a model below a floor stops here and the old one goes on serving."""

    @task
    def train() -> str:
        from pipeline import bootstrap

        return bootstrap.train()

    @task
    def evaluate(folder: str) -> str:
        from pipeline import bootstrap

        return bootstrap.evaluate(folder)

    @task
    def promote(folder: str) -> str:
        from pipeline import bootstrap

        return bootstrap.promote(folder)

    promote(evaluate(train()))


model_training()
