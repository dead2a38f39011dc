/* regie-rehearse: an evening's traffic onto a backend. */
#include "src/cmd/rehearse.h"

int main(int argc, char **argv)
{
	return rehearse_main(argc, argv);
}
