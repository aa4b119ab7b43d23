#include "train_backbone/io/run_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/report/html_text.h"
#include "tests/io/scratch.h"

namespace train_backbone::io {
namespace {

using testing::HasSubstr;
using testing::Not;

std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(HtmlText, WhatHtmlMeansIsEscaped) {
  EXPECT_EQ(escaped("a<b>&\"'c"), "a&lt;b&gt;&amp;&quot;&#39;c");
  EXPECT_EQ(escaped("grün\n\t"), "grün\n\t");
  EXPECT_EQ(escaped(std::string("a\0b\x1b", 4)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_EQ(escaped("\xC3(\xFF"), "\xEF\xBF\xBD(\xEF\xBF\xBD");
  EXPECT_EQ(escaped("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

// RFC 4648, section 10.
TEST(HtmlText, Base64IsThatOfTheStandard) {
  EXPECT_EQ(base64({}), "");
  EXPECT_EQ(base64(as_bytes("f")), "Zg==");
  EXPECT_EQ(base64(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(base64(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(base64(as_bytes("foobar")), "Zm9vYmFy");
}

class RunReport : public testing::Test {
 protected:
  std::string write(const ReportFacts& facts) {
    write_run_report(directory_, facts);
    return slurp(folder_ / "report.html");
  }

  std::filesystem::path folder_ = scratch_folder();
  RunDirectory directory_{folder_, RunStart::kNew};
};

TEST_F(RunReport, ShowsNumbersConfigurationAndDamage) {
  spill(folder_ / "run.toml", "model = \"resnet50v1_b\"  # command line\n");
  spill(folder_ / "metrics.jsonl",
        "{\"kind\":\"interval\",\"step\":10,\"epoch\":0.5,\"train_loss\":6.5,\"learning_rate\":0.1,"
        "\"images_per_second\":300}\n"
        "{\"kind\":\"interval\",\"step\":20,\"epoch\":1.0,\"train_loss\":null}\n"
        "{\"kind\":\"epoch\",\"step\":20,\"epoch\":1,\"train_loss\":6.1,\"validation_top1\":12.345,"
        "\"images_per_second\":298.7,\"data_wait_share\":0.031,\"bottleneck\":\"decode\"}\n"
        "{\"kind\":\"epoch\",\"step\":40,\"epoch\":2,\"validation_top1\":11}\n"
        "{torn");
  spill(folder_ / "bad_records.csv", "step,split,shard,offset,reason\n3,train,s<1>,77,torn\n");
  const std::string html =
      write({.title = "resnet50v1_b", .environment = {{"host", "a<b"}}, .sample_png = {1, 2, 3}});
  for (const char* part :
       {"<title>resnet50v1_b</title>", "<b>12.35 %</b>best validation top-1, epoch 1",
        "<b>11.00 %</b>last", "<b>40</b>steps", "<td class=\"text\">decode</td>",
        "3,train,s&lt;1&gt;,77,torn", "a&lt;b", "# command line", "base64,AQID\""}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}

// Nothing on the page may name another place.
TEST_F(RunReport, AsksNoNetworkForAnything) {
  spill(folder_ / "run.toml", "x = \"<script src=http://a.b></script>\"\n");
  const std::string html = write({.title = "<img src=//a.b>", .environment = {}, .sample_png = {}});
  for (const char* part :
       {"<script", "<link", "src=\"http", "src=//", "url(", "@import", "href="}) {
    EXPECT_THAT(html, Not(HasSubstr("<img src=//")));
    if (std::string(part) == "src=//") continue;  // as text, escaped
    EXPECT_THAT(html, Not(HasSubstr(part))) << part;
  }
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST_F(RunReport, ARunWithoutANumberHasAPage) {
  EXPECT_THAT(write({.title = "new", .environment = {}, .sample_png = {}}),
              HasSubstr("None were met"));
}

}  // namespace
}  // namespace train_backbone::io
