# SPDX-License-Identifier: MIT
# Makefile -- the front door; CMakeLists.txt describes the build
BOARD   ?= sf2-som
METHODS ?= all
PROFILE ?= dev
TLS12   ?= on
WERROR  ?= on
SECONDS ?= 60
LIVES   ?= 11000
HOURS   ?= 1
SEED    ?= 1
KILLS   ?= 1000

# $(call build,FOLDER,OPTIONS) configures and builds in build/FOLDER.
build  = cmake -S . -B build/$(1) -G Ninja -DWERROR=$(WERROR) $(2) >/dev/null && cmake --build build/$(1)
folder = $(BOARD)-$(METHODS)-$(PROFILE)$(if $(filter off,$(TLS12)),-tls13)
image  = build/$(folder)/imprint.elf

.PHONY: all demo test interop crash-long sabotage sim sim-long fuzz coverage host size bench ct lint flash setup clean help build-host build-tests build-full build-small

all: setup ## build one board: BOARD=sf2-som METHODS=est|all PROFILE=dev|release TLS12=on|off
	@$(call build,$(folder),-DBOARD=$(BOARD) -DMETHODS=$(METHODS) -DPROFILE=$(PROFILE) -DTLS12=$(TLS12))

demo: build-host build-full ## enroll a blank device in QEMU, cut its power, boot it again, prove it
	@tests/qemu/demo.sh

test: build-tests build-full build-small ## build everything, run every test that needs no special hardware
	@tests/run.sh

interop: build-tests ## clients and servers that we did not write: strongSwan, curl and openssl, estserver
	@setup/setup.sh interop || echo "interop: going on with what is here"
	@bash tests/interop/run.sh

sim: build-host ## cut the power, break the network, lie: LIVES=11000 whole lives, SEED=1, in minutes
	@tests/sim/sim.py build/host lives $(LIVES) $(SEED)

sim-long: build-host ## the same for HOURS=1
	@tests/sim/sim.py build/host hours $(HOURS) $(SEED)

crash-long: build-host ## kill the authority KILLS=1000 times while it issues
	@KILLS=$(KILLS) tests/authority/crash.sh build/host/host-sim/authority/imprint-authority

sabotage: setup ## take each guard away and see its test fail; SABOTAGE=name for one
	@tests/sabotage/run.py $(SABOTAGE)

fuzz: ## feed every parser, the verdict and the store for SECONDS each
	@setup/setup.sh fuzz
	@$(call build,fuzz,-DBOARD=host -DFUZZ=on -DSANITIZE=on -DCMAKE_C_COMPILER=clang) --target fuzz
	@tests/fuzz/run.py build/fuzz/tests/fuzz $(SECONDS)

coverage: setup ## lines and branches of firmware/ that the unit tests run; fails under 95 % and 85 %
	@$(call build,coverage,-DBOARD=host -DCOVERAGE=on)
	@find build/coverage -name '*.gcda' -delete
	@ctest --test-dir build/coverage -R '^test_' -j 2 --output-on-failure --progress
	@tests/checks/coverage.py build/coverage

host: build-host ## build the host programs: imprint-authority, imprint-sim, imprint-inspect

size: build-full build-small ## print code, RAM, arena and stack of the images beside their budgets
	@tests/checks/size.sh

bench: build-host ## measure an enrollment: instructions a phase, RAM, bytes, flash, beside their budgets
	@tests/bench/run.py $(CURDIR)/build/host $(CURDIR)/build/bench $(CURDIR)/build/bench.json

ct: setup ## comparisons and the private key under valgrind: nothing depends on a secret
	@setup/setup.sh ct
	@tests/ct/run.py

lint: build-tests build-full build-small ## warnings (gcc, clang), format, include table
	@setup/setup.sh lint && tests/run.sh checks/clang checks/format checks/includes

flash: all ## put the image on hardware: BOARD=x
	@test -x boards/$(BOARD)/flash.sh || { echo "boards/$(BOARD)/README.md says how to load $(image)"; exit 1; }
	@boards/$(BOARD)/flash.sh $(image)

setup: ## install missing packages, fetch wolfSSL and lwIP
	@setup/setup.sh

clean: ## remove what was built (fetched sources stay)
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

# The builds behind the targets above: programs to use, the same with sanitizers to test, and the
# largest and the smallest image.
build-host: setup
	@$(call build,host,-DBOARD=host)
build-tests: setup
	@$(call build,host-asan,-DBOARD=host -DSANITIZE=on)
build-full: setup
	@$(call build,sf2-som-all-dev,-DBOARD=sf2-som)
build-small: setup
	@$(call build,sf2-som-est-dev-tls13,-DBOARD=sf2-som -DMETHODS=est -DTLS12=off)
