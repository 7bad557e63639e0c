#!/usr/bin/env python3
"""A real llama.cpp server, from PyPI `xllamacpp` (prebuilt): for tests, and for `make run LLM=small`.

    llama.py MODEL.gguf --port PORT [--embedding] [--threads N] [--context N] [--parallel N]

Prints `ready http://127.0.0.1:PORT` once it answers (port 0: any that is free), and ends when its standard input does: whoever
started it takes it along, however that ends. Ctrl-C is for them too. Without --embedding it serves chat completions, --parallel of
them at a time, each with its share of --context.
"""

import argparse
import os
import signal
import socket
import sys
import urllib.error
import urllib.request


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--embedding", action="store_true")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--context", type=int, default=2048)
    parser.add_argument("--parallel", type=int, default=1)
    arguments = parser.parse_args()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = arguments.model
    params.hostnames = ["127.0.0.1"]
    params.port = arguments.port or free_port()
    params.cpuparams.n_threads = arguments.threads
    params.cpuparams_batch.n_threads = arguments.threads
    params.n_parallel = arguments.parallel
    params.n_gpu_layers = 0
    params.ui = False
    if arguments.embedding:
        params.embedding = True
        # One text must fit into one batch, and never mix with another's tokens.
        params.n_ctx = 512 * arguments.parallel
        params.n_batch = params.n_ubatch = max(512, 512 * arguments.parallel)
    else:
        params.n_ctx = arguments.context
    server = xllamacpp.Server(params)

    address = server.listening_address
    try:
        urllib.request.urlopen(f"{address}/health", timeout=60).read()
    except urllib.error.HTTPError as error:
        sys.exit(f"llama.py: {address}/health says {error.code}")
    print(f"ready {address}", flush=True)
    sys.stdin.read()
    os._exit(0)  # its threads do not end by themselves


if __name__ == "__main__":
    main()
