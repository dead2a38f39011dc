/* curl_load.h: libcurl, looked up when a transport is first made instead of when the program starts.
 *
 * It brings some thirty libraries with it, which take longer to link than the screen takes to draw; the console makes its
 * transport on the link's thread, and commands that need none never load it. The names of curl's functions stand for the
 * pointers that curl_load fills in. Of curl.c alone.
 */
#ifndef REGIE_NET_CLIENT_CURL_LOAD_H
#define REGIE_NET_CLIENT_CURL_LOAD_H

#define CURL_DISABLE_TYPECHECK /* its checks are macros of the same names */
#include <curl/curl.h>

#include "net/client/library.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#define CURL_FUNCTIONS(X) \
	X(easy_cleanup) X(easy_getinfo) X(easy_init) X(easy_setopt) X(easy_strerror) X(free) \
	X(global_init) X(multi_add_handle) X(multi_cleanup) X(multi_info_read) X(multi_init) X(multi_perform) \
	X(multi_poll) X(multi_remove_handle) X(multi_setopt) X(multi_wakeup) X(slist_append) X(slist_free_all) \
	X(url) X(url_cleanup) X(url_get) X(url_set)

#define CURL_POINTER(name) __typeof__(curl_##name) *name;
static struct curl_functions {
	CURL_FUNCTIONS(CURL_POINTER)
} curl_is;
#define CURL_NAME(name) { "curl_" #name, &curl_is.name },
static const struct library_name curl_names[] = { CURL_FUNCTIONS(CURL_NAME) };
#undef CURL_POINTER
#undef CURL_NAME

/* Finds them all; any thread, any number of times. ERR_NOT_FOUND: there is no libcurl here, or one that lacks something. */
static inline bool curl_load(struct error *e)
{
	return library_load("libcurl.so.4", curl_names, sizeof curl_names / sizeof *curl_names, e);
}

#define curl_easy_cleanup curl_is.easy_cleanup
#define curl_easy_getinfo curl_is.easy_getinfo
#define curl_easy_init curl_is.easy_init
#define curl_easy_setopt curl_is.easy_setopt
#define curl_easy_strerror curl_is.easy_strerror
#define curl_free curl_is.free
#define curl_global_init curl_is.global_init
#define curl_multi_add_handle curl_is.multi_add_handle
#define curl_multi_cleanup curl_is.multi_cleanup
#define curl_multi_info_read curl_is.multi_info_read
#define curl_multi_init curl_is.multi_init
#define curl_multi_perform curl_is.multi_perform
#define curl_multi_poll curl_is.multi_poll
#define curl_multi_remove_handle curl_is.multi_remove_handle
#define curl_multi_setopt curl_is.multi_setopt
#define curl_multi_wakeup curl_is.multi_wakeup
#define curl_slist_append curl_is.slist_append
#define curl_slist_free_all curl_is.slist_free_all
#define curl_url curl_is.url
#define curl_url_cleanup curl_is.url_cleanup
#define curl_url_get curl_is.url_get
#define curl_url_set curl_is.url_set
#endif
