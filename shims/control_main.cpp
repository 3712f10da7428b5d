#include "control.h"

int main(int argc, char** argv) { return vouch::RunControl(argc, argv); }
