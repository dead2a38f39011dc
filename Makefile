# Régie. The targets people use:
#
#   make            the three programs, in build/        make V=1       with the commands
#   make run        install what is missing, build, open a working evening (ARGS='--speed 4')
#   make check      install what tests need, build, test; `make unit`, `make e2e`, `make lint`: a part (T=word: only those)
#   make bench      measurements (T=word)                make fuzz      each fuzzer for FUZZ_SECONDS
#   make bench-replica  a console's replica of 1.3 million messages, in build/replica, to measure the screen on
#   make bench-queue    what the keys of the queues cost on it
#   make bench-themes   how well and how fast messages are grouped
#   make simulate   SEEDS evenings from seed SEED on disks, links and clocks that fail
#   make mutations  breaks the code on purpose: does the simulation notice?
#   make kill-loop  KILLS times kill -9 of regied and regie over a bad link (as root)
#   make install    PREFIX, DESTDIR; `make uninstall` takes it away
#   make SANITIZE=address,undefined check                also SANITIZE=thread; each in a build folder of its own
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS are yours; what the project needs stands apart. WERROR=1: warnings are errors.
# A new source file needs no line here: each layer's folder is read.

PREFIX = /usr/local
CFLAGS = -O2 -g
FUZZ_SECONDS = 60
KILLS = 60
SEEDS = 1000
SEED = 1
SANITIZE =
BUILD = build$(SANITIZE:%=-%)

SHARE = $(PREFIX)/share/regie
LOCALES = $(PREFIX)/share/locale
MANUALS = $(PREFIX)/share/man

# ---- the layers, top down, and what each may link ------------------------------------------------------------------

TOP_DOWN = src/cmd ui net/client net/server net data src/wire src/themes src/model src/base

need_src/base   = src/base
need_src/model  = src/model $(need_src/base)
need_src/themes = src/themes $(need_src/model)
need_src/wire   = src/wire $(need_src/themes)
need_data       = data $(need_src/wire)
need_net        = net $(need_data)
need_net/client = net/client $(need_net)
need_net/server = net/server $(need_net)
need_ui         = ui $(need_data)
need_src/cmd    = $(TOP_DOWN)
need_tests/unit = tests/unit $(TOP_DOWN)

# What a program may link is all it is given: a reach for more is an error of the linker.
layers_regie          = src/cmd ui net/client $(need_net)
layers_regied         = src/cmd net/server $(need_net)
layers_regie-rehearse = src/cmd net/client net src/wire src/model src/base
libs_regie          = -lncursesw -ltinfo -lsqlite3 -ljson-c -lunistring -lsodium -lz -lstemmer -lroaring -lhunspell
libs_regied         = -lmicrohttpd -lsqlite3 -ljson-c -lunistring -lsodium -lz -lstemmer -lroaring
libs_regie-rehearse = -ljson-c -lunistring -lsodium
libs_tests          = -lcmocka -lvterm -lmicrohttpd $(libs_regie)

# ---- flags ---------------------------------------------------------------------------------------------------------

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion $(if $(WERROR),-Werror)
DEFINES = -D_GNU_SOURCE -DREGIE_SHARE='"$(SHARE)"' -DREGIE_LOCALE='"$(LOCALES)"'
ifeq ($(SANITIZE),)
HARDEN = -fstack-protector-strong $(if $(filter-out -O0,$(filter -O%,$(CFLAGS))),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
else
HARDEN = -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
compile = $(CC) -std=c17 -I. $(DEFINES) $(CPPFLAGS) $(WARNINGS) $(HARDEN) -fPIE -pthread $(CFLAGS)
# fuzzer-no-link is for the objects; a fuzzer's own link takes the engine's main
link = $(CC) $(subst fuzzer-no-link,$1,$(HARDEN)) -pie -pthread $(CFLAGS) -Wl,-z,relro,-z,now,--as-needed $(LDFLAGS)

say = $(if $(V),,@printf '  %-5s %s\n' '$1' '$(patsubst $(BUILD)/%,%,$@)';)

MAKEFLAGS += --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

# ---- what there is -------------------------------------------------------------------------------------------------

LAYERS := $(foreach d,$(TOP_DOWN) tests/unit,$(if $(filter-out tests/unit/test_%,$(wildcard $d/*.c)),$d))
PROGRAMS := $(patsubst src/%.c,%,$(wildcard src/*.c))
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
SIM := $(patsubst tests/sim/%.c,%,$(wildcard tests/sim/*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
ASSETS := $(wildcard net/server/page/*.*)
DEMO := $(wildcard data/*.jsonl data/*.tsv)
MANPAGES := $(wildcard man/*.[1-9])
PO := $(wildcard ui/po/*.po)
MO := $(PO:ui/po/%.po=$(BUILD)/locale/%/LC_MESSAGES/regie.mo)

# archives LAYERS…: those that exist, in the order the linker wants
archives = $(patsubst %,$(BUILD)/%.a,$(filter $(filter $1,$(LAYERS)),tests/unit $(TOP_DOWN)))

all: $(PROGRAMS:%=$(BUILD)/%) $(MO)

# ---- building ------------------------------------------------------------------------------------------------------

.SECONDARY:
.DELETE_ON_ERROR:

# Holds the command line: another compiler or another flag builds anew.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(compile))' >$@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(compile) -MMD -MP -c -o $@ $<

$(BUILD)/gen/page.c: net/server/embed.sh $(ASSETS) $(wildcard net/server/page)
	@mkdir -p $(@D)
	$(call say,GEN)net/server/embed.sh $(ASSETS) >$@

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/flags
	$(call say,CC)$(compile) -MMD -MP -c -o $@ $<

$(BUILD)/gen/lexicons.c: src/themes/embed.sh $(wildcard data/lexicon-*.tsv)
	@mkdir -p $(@D)
	$(call say,GEN)src/themes/embed.sh $(wildcard data/lexicon-*.tsv) >$@

$(BUILD)/gen/regie_conf.c: ui/embed.sh ui/regie.conf
	@mkdir -p $(@D)
	$(call say,GEN)ui/embed.sh ui/regie.conf >$@

made_ui = $(BUILD)/gen/regie_conf.o
made_net/server = $(BUILD)/gen/page.o
made_src/themes = $(BUILD)/gen/lexicons.o
define archive
$(BUILD)/$1.a: $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/unit/test_%,$(wildcard $1/*.c))) $(made_$1)
endef
$(foreach layer,$(LAYERS),$(eval $(call archive,$(layer))))
$(LAYERS:%=$(BUILD)/%.a):
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

define program
$(BUILD)/$1: $(BUILD)/src/$1.o $(call archives,$(layers_$1))
endef
$(foreach name,$(PROGRAMS),$(eval $(call program,$(name))))
$(PROGRAMS:%=$(BUILD)/%):
	$(call say,LINK)$(call link) -o $@ $^ $(libs_$(@F)) -lm $(LDLIBS)

# A test links the layers it includes and those under them, so that it builds while others are being written.
INCLUDED := $(shell grep -o '^.include "[a-z/]*/' /dev/null $(wildcard tests/unit/test_*.c tests/sim/*.c tests/fuzz/fuzz_*.c) | \
	sed 's|^[^:]*/\([^:/]*\)\.c:.*"\(.*\)/$$|\1:\2|')
included = $(patsubst $1:%,%,$(filter $1:%,$(INCLUDED)))
tested = $(call archives,$(foreach layer,$(call included,$1),$(need_$(layer))))
define test
$(BUILD)/$2/$1: $(BUILD)/tests/$3/$1.o $(call tested,$1)
endef
$(foreach name,$(UNIT),$(eval $(call test,$(name),test,unit)))
$(foreach name,$(SIM),$(eval $(call test,$(name),sim,sim)))
$(foreach name,$(FUZZERS),$(eval $(call test,$(name),fuzz,fuzz)))
$(UNIT:%=$(BUILD)/test/%) $(SIM:%=$(BUILD)/sim/%):
	@mkdir -p $(@D)
	$(call say,LINK)$(call link) -o $@ $^ $(libs_tests) -lm $(LDLIBS)
$(FUZZERS:%=$(BUILD)/fuzz/%):
	@mkdir -p $(@D)
	$(call say,LINK)$(call link,fuzzer) -o $@ $^ $(libs_tests) -lm $(LDLIBS)

$(BUILD)/locale/%/LC_MESSAGES/regie.mo: ui/po/%.po
	@mkdir -p $(@D)
	$(call say,MSG)msgfmt --check -o $@ $<

# Terminals to try programs in.
$(BUILD)/term/terminals: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/term/*.c))
	@mkdir -p $(@D)
	$(call say,LINK)$(call link) -o $@ $^ -lvterm -ltinfo $(LDLIBS)

-include $(wildcard $(addprefix $(BUILD)/,$(addsuffix /*.d,src gen $(TOP_DOWN) tests/unit tests/sim tests/fuzz tests/term)))

# ---- running and testing -------------------------------------------------------------------------------------------

deps:
	@tests/deps.sh build test

run:
	@tests/deps.sh build
	@$(MAKE) all
	@exec $(BUILD)/regie demo $(ARGS)

tests: all $(UNIT:%=$(BUILD)/test/%) $(SIM:%=$(BUILD)/sim/%) $(BUILD)/term/terminals

# The fuzzers have a build of their own, with clang's engine.
fuzz_build = $(MAKE) BUILD=build-fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzzers
fuzzers: $(FUZZERS:%=$(BUILD)/fuzz/%)

run_tests = @tests/run --build $(BUILD) $(if $(SANITIZE),--patience 4) $(if $(T),--only '$(T)')

check: deps
	@$(MAKE) tests
	+@$(if $(SANITIZE)$(if $(FUZZERS),,none),,if command -v clang >/dev/null; then $(fuzz_build); fi)
	$(run_tests) lint unit sim e2e $(if $(SANITIZE),,fuzz)

unit sim e2e: deps
	@$(MAKE) tests
	$(run_tests) $@

lint: deps
	$(run_tests) $@

simulate:
	@$(MAKE) $(SIM:%=$(BUILD)/sim/%)
	@$(BUILD)/sim/simulate --first $(SEED) --seeds $(SEEDS) $(ARGS)

kill-loop:
	@$(MAKE) all
	@REGIE_BUILD='$(abspath $(BUILD))' tests/kill/loop.py $(KILLS)

mutations:
	@tests/mutations/run.py $(if $(T),--only '$(T)') 'CC=$(CC)'

fuzz: deps
	+@$(fuzz_build)
	$(run_tests) --seconds $(FUZZ_SECONDS) $@

bench: deps
	@$(MAKE) all $(BUILD)/term/terminals
	@for b in $(filter %$(T)%,$(wildcard tests/bench/*.sh tests/bench/*.py)); do \
		echo "== $$b"; REGIE_BUILD='$(abspath $(BUILD))' $$b || exit 1; done

bench-themes:
	@$(MAKE) bench T=themes.py

# Of MESSAGES messages and THEMES themes; made once.
$(BUILD)/bench-replica: $(BUILD)/tests/bench/replica.o $(call archives,$(need_data))
	$(call say,LINK)$(call link) -o $@ $^ $(libs_regie) -lm $(LDLIBS)

$(BUILD)/bench-queue: $(BUILD)/tests/bench/queue.o $(call archives,$(need_ui))
	$(call say,LINK)$(call link) -o $@ $^ $(libs_regie) -lm $(LDLIBS)

bench-queue: bench-replica $(BUILD)/bench-queue
	@$(BUILD)/bench-queue $(BUILD)/replica

bench-replica: $(BUILD)/bench-replica
	@$(BUILD)/bench-replica data/evening.jsonl $(BUILD)/replica $(MESSAGES) $(THEMES)

# ---- installing ----------------------------------------------------------------------------------------------------

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(SHARE)
	install $(PROGRAMS:%=$(BUILD)/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(DEMO) ui/regie.conf $(DESTDIR)$(SHARE)
	$(foreach m,$(MANPAGES),install -D -m 644 $m $(DESTDIR)$(MANUALS)/man$(subst .,,$(suffix $m))/$(notdir $m) &&) true
	$(foreach m,$(MO),install -D -m 644 $m $(DESTDIR)$(LOCALES)/$(m:$(BUILD)/locale/%=%) &&) true

uninstall:
	rm -f $(PROGRAMS:%=$(DESTDIR)$(PREFIX)/bin/%)
	rm -f $(DEMO:data/%=$(DESTDIR)$(SHARE)/%) $(DESTDIR)$(SHARE)/regie.conf
	rm -f $(foreach m,$(MANPAGES),$(DESTDIR)$(MANUALS)/man$(subst .,,$(suffix $m))/$(notdir $m))
	rm -f $(MO:$(BUILD)/locale/%=$(DESTDIR)$(LOCALES)/%)
	-rmdir $(DESTDIR)$(SHARE)

dist:
	@v=$$(sed -n 's/^.define REGIE_VERSION "\(.*\)"/\1/p' src/base/cli.h); \
	git archive --prefix=regie-$$v/ -o regie-$$v.tar.gz HEAD && echo regie-$$v.tar.gz

clean:
	rm -rf build build-*

FORCE:
.PHONY: all deps run tests fuzzers check unit sim e2e lint simulate mutations kill-loop fuzz bench bench-replica bench-queue install uninstall dist clean FORCE
