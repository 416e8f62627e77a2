"""
Door: the connections that Airflow keeps -> Slack told what failed, the mail server. For DAGs alone.

Airflow is imported when one is used: at every parse of a DAG it would cost half a second.
"""

from collections.abc import Mapping
from typing import Any


def tell_slack(context: Mapping[str, Any]) -> None:
    """Say on Slack which run or task failed."""
    from airflow.providers.slack.notifications.slack import SlackNotifier

    text = "{{ dag.dag_id }} failed ({{ reason if reason is defined else task.task_id }}): {{ run_id }}"
    SlackNotifier(slack_conn_id="slack_default", channel="#stancewatch-ops", text=text)(context)


def mail_server() -> Any:  # noqa: ANN401 - Airflow's connections come in several classes
    """Return Airflow's own mail connection; None where there is none, and the environment's settings hold."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get("smtp_default")
    except AirflowNotFoundException:
        return None
