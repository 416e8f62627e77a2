"""
What Airflow makes of the DAGs, as JSON: how they load, what they ask for and, with ``--run``, what their runs write.

Runs in a process of its own, because Airflow reads its environment when it is imported and warns as it likes::

    python tests/airflow_session.py ANSWER.json [--run DAG ...]
"""

import argparse
import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()

from airflow.dag_processing.dagbag import DagBag  # noqa: E402 - timed
from airflow.sdk.definitions.mappedoperator import MappedOperator  # noqa: E402
from airflow.utils.db import initdb  # noqa: E402

IMPORTED_S = time.perf_counter() - STARTED
HEAVY = {"pipeline", "sklearn", "scipy", "numpy", "alembic", "feedparser", "aiohttp", "slack_sdk", "nh3", "pydantic"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("answer", type=Path)
    parser.add_argument("--run", nargs="*", default=[])
    parser.add_argument("--fail", action="store_true", help="call a failure callback, with and without a connection")
    arguments = parser.parse_args()
    dags, answer = load(Path(__file__).parents[1] / "dags")
    if arguments.fail:
        of_dag, of_task = {"reason": "task_failure"}, {"task": dags["news_monitor"].get_task("poll")}
        answer["said"] = [say_that_it_failed(dags["news_monitor"], context) for context in (of_dag, of_task)]
        del os.environ["AIRFLOW_CONN_SLACK_DEFAULT"]
        answer["said_without_slack"] = say_that_it_failed(dags["news_monitor"], of_dag)
    if arguments.run:
        initdb()
        answer["runs"] = [run(dags[name]) for name in arguments.run]
    arguments.answer.write_text(json.dumps(answer), encoding="utf-8")


def load(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    dags, files, before = {}, {}, set(sys.modules)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for file in sorted(folder.glob("*.py")):
            started = time.perf_counter()
            bag = DagBag(file, load_op_links=False)
            seconds = round(time.perf_counter() - started, 4)
            files[file.name] = {
                "seconds": seconds,
                "dags": sorted(bag.dags),
                "errors": list(bag.import_errors.values()),
            }
            dags.update(bag.dags)
    new = set(sys.modules) - before - {"pipeline", "pipeline.connections"}
    heavy = sorted({module.partition(".")[0] for module in new} & HEAVY)
    return dags, {
        "airflow_import_s": round(IMPORTED_S, 2),
        "files": files,
        "warnings": [f"{warning.category.__name__}: {warning.message}" for warning in warned],
        "heavy": heavy,
        "dags": {name: describe(dag) for name, dag in dags.items()},
    }


def describe(dag: Any) -> dict[str, Any]:
    return {
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "failure_callback": dag.has_on_failure_callback,
        "timeout": dag.dagrun_timeout is not None,
        "schedule": str(dag.timetable.summary) if hasattr(dag.timetable, "summary") else repr(dag.timetable),
        "tasks": {task.task_id: task_of(task) for task in dag.topological_sort()},
    }


def task_of(task: Any) -> dict[str, Any]:
    mapped = isinstance(task, MappedOperator)
    return {
        "retries": task.retries,
        "timeout": task.execution_timeout is not None,
        "failure_callback": bool(task.on_failure_callback),
        "upstream": sorted(task.upstream_task_ids),
        "mapped": task.op_kwargs_expand_input.value if mapped else None,
        "outlets": [asset.uri for asset in task.outlets],
    }


def say_that_it_failed(dag: Any, context: dict[str, Any]) -> str | None:
    try:
        dag.on_failure_callback({"dag": dag, "run_id": "manual__1", **context})
    except Exception as error:  # noqa: BLE001 - Airflow catches and logs it
        return f"{type(error).__name__}: {error}"
    return None


def run(dag: Any) -> dict[str, Any]:
    from pipeline.settings import load as settings  # noqa: PLC0415 - the DAGs' load must not have it
    from pipeline.storage.store import Store  # noqa: PLC0415

    started = time.perf_counter()
    finished = dag.test()
    store = Store(settings().database_url)
    rows = store.counts()
    store.close()
    return {
        "dag": dag.dag_id,
        "state": str(finished.state),
        "tasks": sorted(f"{ti.task_id} {ti.state}" for ti in finished.get_task_instances()),
        "rows": rows,
        "seconds": round(time.perf_counter() - started, 1),
    }


if __name__ == "__main__":
    main()
