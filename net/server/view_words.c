/* view_words.c: the table of view_words.h. French has its spaces that do not break: U+202F before "?", U+00A0 before
 * ":". */
#include "net/server/view_words.h"

#include <ctype.h>
#include <string.h>

#include "src/wire/wire.h"

static const struct {
	const char *name, *fr, *en;
} rows[VIEW_WORDS] = {
	[W_PREPARING] = { "preparing", "Bientôt", "Soon" },
	[W_COLLECTING] = { "collecting", "Avant l’ouverture", "Before the opening" },
	[W_OPEN] = { "open", "En direct", "Live" },
	[W_INTERRUPTED] = { "interrupted", "Interrompu", "Interrupted" },
	[W_ENDED] = { "ended", "Terminé", "Ended" },
	[W_LEAD_PREPARING] = { "leadPreparing", "L’événement n’a pas encore commencé.",
		"The event has not begun yet." },
	[W_LEAD_COLLECTING] = { "leadCollecting",
		"Posez votre question dès maintenant. Les réponses s’écriront ici, en direct.",
		"Ask your question now. The answers will be written here, live." },
	[W_LEAD_OPEN] = { "leadOpen", "Les réponses s’écrivent ici à mesure qu’elles sont données.",
		"The answers are written here as they are given." },
	[W_LEAD_INTERRUPTED] = { "leadInterrupted", "Ce qui a été dit reste à lire ci-dessous.",
		"What was said can still be read below." },
	[W_LEAD_ENDED] = { "leadEnded", "L’événement est terminé. Voici tout ce qui a été dit.",
		"The event has ended. This is all that was said." },
	[W_REHEARSAL] = { "Rehearsal", "Répétition", "Rehearsal" },
	[W_REHEARSAL_MORE] = { "RehearsalMore", "Tout ceci est un essai.", "All of this is a trial." },
	[W_PAUSE] = { "pause", "La diffusion est interrompue, elle va reprendre.",
		"The broadcast is interrupted; it will resume." },
	[W_PAUSE_MORE] = { "PauseMore", "La suite s’affichera ici d’elle-même.",
		"What follows will appear here by itself." },
	[W_AIR] = { "air", "À l’antenne", "On the air" },
	[W_AIR_LAST] = { "airLast", "Dernière question posée", "Last question asked" },
	[W_QUESTION] = { "question", "Question %", "Question %" },
	[W_AGAIN] = { "again", "Suite de la réponse à la question %", "More on question %" },
	[W_STRUCK] = { "struck", "(question retirée)", "(question withdrawn)" },
	[W_PEOPLE] = { "people", "% personnes le demandent", "asked by % people" },
	[W_PARTLY] = { "partly", "Réponse partielle", "Answered in part" },
	[W_DECLINED] = { "declined", "Laissée sans réponse", "Left unanswered" },
	[W_CUT] = { "cut", "Interrompue", "Cut short" },
	[W_WRITTEN] = { "written", "Réponse écrite promise", "Written reply promised" },
	[W_FLOW] = { "Flow", "Questions et réponses", "Questions and answers" },
	[W_EMPTY] = { "empty", "Les questions et les réponses s’afficheront ici dès l’ouverture.",
		"Questions and answers will appear here once the event is open." },
	[W_EMPTY_OPEN] = { "emptyOpen", "La première question va être posée.",
		"The first question is about to be asked." },
	[W_CORRECTED] = { "corrected", "corrigé", "corrected" },
	[W_NOTICE] = { "notice", "La rédaction", "From the room" },
	[W_ROOM] = { "Room", "%", "%" },
	[W_ASK] = { "Ask", "Posez votre question", "Ask your question" },
	[W_ASK_LINK] = { "AskLink", "Poser une question", "Ask a question" },
	[W_ASK_LABEL] = { "AskLabel", "Votre question", "Your question" },
	[W_ASK_HINT] = { "AskHint", "Ni adresse ni numéro de téléphone, s’il vous plaît.",
		"No address or telephone number, please." },
	[W_NAME_LABEL] = { "NameLabel", "Votre prénom ou pseudonyme", "Your first name or nickname" },
	[W_OPTIONAL] = { "Optional", "facultatif", "optional" },
	[W_SEND] = { "send", "Envoyer", "Send" },
	[W_SENDING] = { "sending", "Envoi…", "Sending…" },
	[W_SENT] = { "sent", "Votre question est bien arrivée.", "Your question has arrived." },
	[W_SEND_FAILED] = { "sendFailed", "L’envoi n’a pas abouti. Votre texte est gardé : réessayez dans un instant.",
		"It could not be sent. Your text is kept: try again in a moment." },
	[W_SEND_EMPTY] = { "sendEmpty", "Écrivez d’abord votre question.", "Write your question first." },
	[W_ASK_SOON] = { "askSoon", "On pourra bientôt poser des questions ici.", "Questions can be asked here soon." },
	[W_ASK_CLOSED] = { "askClosed", "On ne peut plus poser de question. Merci à tous.",
		"Questions are closed. Thank you all." },
	[W_MINE] = { "Mine", "Où en est ma question ?", "Where is my question?" },
	[W_MINE_HINT] = { "MineHint", "Le numéro du reçu qui vous a été donné.",
		"The number of the receipt you were given." },
	[W_MINE_SHOW] = { "MineShow", "Voir", "Show" },
	[W_RECEIPT] = { "receipt", "Reçu", "Receipt" },
	[W_UNKNOWN] = { "unknown", "Ce reçu n’est pas connu ici.", "This receipt is not known here." },
	[W_SEE_ANSWER] = { "seeAnswer", "Lire la réponse", "Read the answer" },
	[W_KEEP] = { "Keep", "Gardez ce reçu : il permet de savoir ce que devient votre question.",
		"Keep this receipt: it tells you what becomes of your question." },
	[W_FOLLOW] = { "Follow", "Suivre ma question", "Follow my question" },
	[W_BACK] = { "Back", "Retour au direct", "Back to the event" },
	[W_NOT_SENT] = { "NotSent", "Votre question n’a pas été prise.", "Your question was not taken." },
	[W_NOT_SHOWN] = { "NotShown", "Cette page ne peut pas être montrée.", "This page cannot be shown." },
	[W_FORGET] = { "forget", "Ne plus suivre", "Stop following" },
	[W_FATE_WAITING] = { "fateWaiting", "Bien arrivée. Elle attend d’être lue.",
		"It has arrived and waits to be read." },
	[W_FATE_READ] = { "fateRead", "Elle est comptée avec celles qui demandent la même chose.",
		"It is counted with those that ask the same." },
	[W_FATE_RUNDOWN] = { "fateRundown", "Elle est retenue et pourrait être posée.",
		"It was chosen and may be asked." },
	[W_FATE_AIRED] = { "fateAired", "Elle est posée à l’antenne.", "It is being asked on the air." },
	[W_FATE_ANSWERED] = { "fateAnswered", "L’invité y a répondu.", "It was answered." },
	[W_FATE_NOT_KEPT] = { "fateNotKept", "Elle n’a pas été retenue. Merci de l’avoir posée.",
		"It was not kept. Thank you for asking." },
	[W_STEPS] = { "steps", "Le chemin de votre question", "The way of your question" },
	[W_STEP_WAITING] = { "stepWaiting", "Reçue", "Received" },
	[W_STEP_READ] = { "stepRead", "Lue", "Read" },
	[W_STEP_RUNDOWN] = { "stepRundown", "Retenue", "Chosen" },
	[W_STEP_AIRED] = { "stepAired", "Posée", "Asked" },
	[W_STEP_ANSWERED] = { "stepAnswered", "Répondue", "Answered" },
	[W_LINK_UP] = { "linkUp", "À jour", "Up to date" },
	[W_LINK_LOST] = { "linkLost", "Connexion interrompue : nouvel essai en cours",
		"Connection lost: trying again" },
	[W_NEWS_NOW] = { "newsNow", "dernière nouvelle à l’instant", "last news just now" },
	[W_NEWS_AGO] = { "newsAgo", "dernière nouvelle il y a % min", "last news % min ago" },
	[W_BELOW] = { "below", "Nouveaux passages", "New passages" },
	[W_NEWEST] = { "Newest", "Aller au plus récent", "Go to the newest" },
	[W_NO_SCRIPT] = { "NoScript", "Cette page ne se met pas à jour d’elle-même :",
		"This page does not update by itself:" },
	[W_RELOAD] = { "Reload", "la recharger", "reload it" },
	[W_SAY_QUESTION] = { "sayQuestion", "Nouvelle question : %", "New question: %" },
	[W_SAY_MORE] = { "sayMore", "% nouveaux passages", "% new passages" },
	[W_FOOT] = { "Foot", "Les numéros de téléphone et les adresses du public sont masqués.",
		"The public’s telephone numbers and addresses are hidden." },
};

const char *view_word(const char *lang, enum view_word w)
{
	return strcmp(lang, "fr") == 0 ? rows[w].fr : rows[w].en;
}

void view_say(struct buf *out, const char *lang, enum view_word w, const char *value)
{
	const char *s = view_word(lang, w), *hole = strchr(s, '%');
	if (!hole) {
		buf_adds(out, s);
		return;
	}
	buf_add(out, s, (size_t)(hole - s));
	buf_adds(out, value);
	buf_adds(out, hole + 1);
}

void view_words_json(struct buf *out, const char *lang)
{
	buf_addc(out, '{');
	for (size_t i = 0; i < VIEW_WORDS; i++)
		if (islower((unsigned char)rows[i].name[0]))
			json_member(out, rows[i].name, view_word(lang, (enum view_word)i));
	buf_addc(out, '}');
}
