"""contexta serve: receive OpenTelemetry and keep it as evidence."""

import click

from contexta_processor.cli.options import data_option


@click.command()
@data_option
@click.option(
    "--grpc",
    metavar="HOST:PORT",
    default="127.0.0.1:4317",
    show_default=True,
    help="OTLP/gRPC; port 0 picks a free one.",
)
@click.option(
    "--http",
    metavar="HOST:PORT",
    default="127.0.0.1:4318",
    show_default=True,
    help="OTLP/HTTP, protobuf and JSON.",
)
@click.option(
    "--web",
    metavar="HOST:PORT",
    default="127.0.0.1:4319",
    show_default=True,
    help="Read API, health and metrics.",
)
@click.option(
    "--allow-host",
    "allowed_hosts",
    metavar="NAME",
    multiple=True,
    help="Another name the HTTP ports may be called by; may be given again.",
)
@click.option(
    "--keep-unclaimed-days",
    metavar="DAYS",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    help="How long spans, events and metrics that belong to no run wait for one before they are removed and counted; inf keeps them.",
)
def serve(
    data: str | None,
    grpc: str,
    http: str,
    web: str,
    allowed_hosts: tuple[str, ...],
    keep_unclaimed_days: float,
) -> int:
    """Receive OpenTelemetry (traces, logs, metrics) and keep it as evidence, until stopped.

    The addresses in force are printed, and are in DIR/serve.json while the server runs. What was
    acknowledged is on disk. Stopping finishes what was received.
    """
    from contexta_processor.base.data_dir import DataDir
    from contexta_processor.server.options import ServeOptions
    from contexta_processor.server.serve import serve as run_server

    return run_server(
        ServeOptions(
            DataDir.resolve(data),
            grpc=grpc,
            http=http,
            web=web,
            allowed_hosts=allowed_hosts,
            keep_unclaimed_s=keep_unclaimed_days * 86_400,
        )
    )
