/* Any sender through src/base/phone.h: no crash, a form that fits, and a normal form is its own normal form. */
#include "src/base/phone.h"
#include "src/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char once[PHONE_MAX], twice[PHONE_MAX];
	char *in = xstrndup(size ? (const char *)data : "", size);

	if (!in)
		abort();
	if (phone_normalise(in, once)) {
		const size_t len = strnlen(once, PHONE_MAX);

		if (len == 0 || len == PHONE_MAX)
			abort();
		if (!phone_normalise(once, twice) || strcmp(once, twice) != 0)
			abort();
	}
	free(in);
	return 0;
}
