#include "table.h"

#include <gtest/gtest.h>

namespace vouch {
namespace {

TEST(Table, MakesColumnsAsWideAsTheirWidestCell) {
  Table table({"NAME", "ID"});
  table.Add({"Küche", "1"});
  table.Add({"A", "2"});

  EXPECT_EQ(table.Format(),
            "NAME   ID\n"
            "Küche  1\n"
            "A      2\n");
}

TEST(Table, LeavesNoSpaceAtTheEndOfALine) {
  Table table({"A", "B"});
  table.Add({"x", ""});

  EXPECT_EQ(table.Format(), "A  B\nx\n");
}

TEST(Table, DoesNotSteerTheTerminal) {
  Table table({"A"});
  table.Add({"\x1b[2Jx\ny"});

  EXPECT_EQ(table.Format(), "A\n [2Jx y\n");
}

}  // namespace
}  // namespace vouch
