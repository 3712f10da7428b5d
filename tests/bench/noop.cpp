// The anchor of the start-to-exit measurement: everything that every static program pays, and nothing else.
int main() { return 0; }
