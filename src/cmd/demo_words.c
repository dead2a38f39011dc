/* demo_words.c: what is printed, in French and English. */
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "src/cmd/demo.h"

static const struct demo_words french = {
	.crew = { "modération web", "modération SMS", "animateur", "scripte" },
	.begin = "Le chat du Premier ministre : une soirée d'une heure, en %.0f secondes.\n",
	.page = "Page du public : %s/r/%s\n\n",
	.stopped = "La démonstration est arrêtée.\n",
	.left = "La console est quittée : la soirée ne va pas plus loin.\n",
	.kept = "Le dossier est gardé pour qu'on puisse regarder : %s\n",
	.figures = "%lld messages, %lld personnes, %lld thèmes, %lld spectateurs",
	.refused = "refusé",
	.messages = "Messages                    %lld (web %lld, SMS %lld), et %lld sans rien à lire, refusé\n",
	.people = "Personnes                   %lld\n",
	.themes = "Thèmes                      %lld\n",
	.questions = "Questions à l'antenne       %zu, dont %zu improvisée\n",
	.segments = "Segments                    %zu, dont %zu corrigé et %zu retiré\n",
	.viewers = "Spectateurs                 %d, dont un coupé et revenu\n",
	.delay = "De la scripte au public     médiane %lld ms, au plus %lld ms\n",
	.acts = "Actes de l'équipe           %lld\n",
	.took = "Durée                       %.1f s\n",
	.all_seen = "Chacun des %d spectateurs a reçu les %zu envois une fois, dans l'ordre et sans trou ; "
		"mis bout à bout, ils sont la transcription.\n",
	.ops = {
		{ "plan", "prévoit" }, { "collect", "ouvre la collecte" }, { "open", "ouvre" }, { "notice", "annonce" },
		{ "accept", "retient" }, { "edit", "réécrit" }, { "credit", "signe" }, { "next", "prépare" },
		{ "air", "à l'antenne" }, { "ask", "improvise" }, { "publish", "écrit" }, { "close", "referme" },
		{ "speaker", "donne la parole à" }, { "attach", "rattache" },
		{ "correct", "corrige" }, { "retract", "retire" },
		{ "interrupt", "interrompt" }, { "resume", "reprend" },
		{ "hold", "met en attente" }, { "clear", "lève l'attente" },
		{ "dismiss", "écarte" }, { "undo", "annule" }, { "merge", "réunit" },
		{ "label", "nomme" }, { "say", "dit à" },
		{ "ack", "a lu" }, { "reword", "reformule" },
		{ "outcome", "requalifie" }, { "intake", "ferme la collecte" },
		{ "end", "termine" }, { "seal", "scelle" },
	},
};

static const struct demo_words english = {
	.crew = { "web moderator", "SMS moderator", "host", "scribe" },
	.begin = "The Prime Minister's chat: an evening of an hour, in %.0f seconds.\n",
	.page = "The public's page: %s/r/%s\n\n",
	.stopped = "The demonstration was stopped.\n",
	.left = "The console was left: the evening goes no further.\n",
	.kept = "The directory is kept to be looked at: %s\n",
	.figures = "%lld messages, %lld people, %lld themes, %lld viewers",
	.refused = "refused",
	.messages = "Messages                    %lld (web %lld, SMS %lld), and %lld with nothing to read, refused\n",
	.people = "People                      %lld\n",
	.themes = "Themes                      %lld\n",
	.questions = "Questions aired             %zu, %zu of them improvised\n",
	.segments = "Segments                    %zu, %zu of them corrected and %zu retracted\n",
	.viewers = "Viewers                     %d, one of them cut off and back\n",
	.delay = "From the scribe to viewers  median %lld ms, at most %lld ms\n",
	.acts = "The crew's acts             %lld\n",
	.took = "Took                        %.1f s\n",
	.all_seen = "Each of the %d viewers received the %zu events once, in order, without a gap; "
		"put together they are the transcript.\n",
	.ops = {
		{ "plan", "plans" }, { "collect", "collects" }, { "open", "opens" }, { "notice", "announces" },
		{ "accept", "accepts" }, { "edit", "edits" }, { "credit", "credits" },
		{ "next", "prepares" }, { "air", "on the air" },
		{ "ask", "improvises" }, { "publish", "writes" }, { "close", "closes" }, { "speaker", "names" },
		{ "attach", "attaches" }, { "correct", "corrects" },
		{ "retract", "retracts" }, { "interrupt", "interrupts" },
		{ "resume", "resumes" }, { "hold", "holds" }, { "clear", "clears" },
		{ "dismiss", "dismisses" }, { "undo", "undoes" },
		{ "merge", "merges" }, { "label", "labels" }, { "say", "says to" },
		{ "ack", "has read" }, { "reword", "rewords" },
		{ "outcome", "changes outcome" }, { "intake", "stops taking" }, { "end", "ends" }, { "seal", "seals" },
	},
};

const struct demo_words *demo_words(bool in_english)
{
	return in_english ? &english : &french;
}

const char *demo_word(const struct demo_words *w, const char *op)
{
	const size_t len = strcspn(op, " ");
	for (size_t i = 0; i < sizeof w->ops / sizeof *w->ops && w->ops[i].op != NULL; i++)
		if (strlen(w->ops[i].op) == len && memcmp(w->ops[i].op, op, len) == 0)
			return w->ops[i].word;
	return "";
}

static void put_column(struct buf *line, const char *s, size_t columns)
{
	buf_adds(line, s);
	for (size_t width = text_width(s); width < columns; width++)
		buf_addc(line, ' ');
	buf_adds(line, "  ");
}

void demo_say(int64_t evening_ms, const char *who, const char *what, const char *about)
{
	enum { WHO = 14, WHAT = 17, ABOUT = 76 };
	struct buf line = BUF_INIT;
	const long long s = EVENING_AT_S + evening_ms / 1000;
	const size_t fits = text_fit(about, ABOUT);
	buf_addf(&line, "%02lld:%02lld:%02lld  ", s / 3600 % 24, s / 60 % 60, s % 60);
	put_column(&line, who, WHO);
	put_column(&line, what, WHAT);
	buf_add(&line, about, fits);
	buf_adds(&line, about[fits] == '\0' ? "" : "…");
	while (line.len > 0 && line.data[line.len - 1] == ' ')
		line.data[--line.len] = '\0';
	puts(line.data);
	fflush(stdout);
	buf_release(&line);
}
