#include "vouch.h"

int main(int argc, char** argv) { return vouch::RunVouch(argc, argv); }
