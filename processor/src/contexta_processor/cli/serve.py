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
def serve(data: str | None, grpc: str, http: str, web: str, allowed_hosts: tuple[str, ...]) -> int:
    """Receive OpenTelemetry (traces, logs, metrics) and keep it as evidence, until stopped.

    The addresses in force are printed, and are in DIR/serve.json while the server runs. What was
    acknowledged is on disk. Stopping finishes what was received.
    """
    from contexta_processor.base.data_dir import DataDir
    from contexta_processor.server.options import ServeOptions
    from contexta_processor.server.serve import serve as run_server

    return run_server(
        ServeOptions(
            DataDir.resolve(data), grpc=grpc, http=http, web=web, allowed_hosts=allowed_hosts
        )
    )
