#include "unit/ctl/setup_kube_world.h"

namespace vouch {
namespace {

// Of `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=ca`, whose key is gone.
const std::string kCertificate = R"(-----BEGIN CERTIFICATE-----
MIIBcTCCARegAwIBAgIUEKbg6cprjtpPP/5aUrwHq5VEs4QwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCY2EwIBcNMjYxMTI0MTM0NTAyWhgPMjEyNjEwMzExMzQ1MDJa
MA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf2XmODNm
IuDUO6lRsbDeb/G6QD5bDtEKWS8oIRHjlh8h1D6VxVpaKYVEGGFbwh428ol/dbHK
DWVZw76yAxhYN6NTMFEwHQYDVR0OBBYEFBb0Gr7BTHWJ6nUzF2rBA5bOE45YMB8G
A1UdIwQYMBaAFBb0Gr7BTHWJ6nUzF2rBA5bOE45YMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSAAwRQIgUw8XrcQFrLPPVN6M3JxfPyNI2dZwczAxbBP/b+qs
V2ECIQCeGrdmQxvJheaV3n91tq9/h3z18LDAQIu80+ggI0sZCA==
-----END CERTIFICATE-----
)";
const std::string kKey = "-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----\n";

class SetupK8s : public SetupKubeWorld {
 protected:
  std::string Run() {
    std::ostringstream out;
    RunSetupK8s(k8s, places, out);
    return out.str();
  }
  Error Refused() {
    return ThrownBy([&] { Run(); });
  }
  // The authority that stands in the kubeconfig for a file with `content`.
  std::string AuthorityFor(const std::string& content) {
    std::filesystem::remove(file);
    std::ofstream(k8s.certificate_authority) << content;
    Run();
    return Written().FindCluster("lab")->certificate_authority_data;
  }

  SetupK8sOptions k8s{"lab", "https://lab.example.com:6443", folder / "ca.pem", "", ""};
};

TEST_F(SetupK8s, WritesAClusterThatTrustsTheServerDirectly) {
  std::ofstream(k8s.certificate_authority) << kCertificate;

  EXPECT_TRUE(Contains(Run(), "Try: kubectl --context lab-vouch get pods"));

  EXPECT_EQ(Written().FindContext("lab-vouch")->user, "vouch-k8s-lab");
  EXPECT_EQ(Written().FindCluster("lab")->certificate_authority_data.substr(0, 16), "LS0tLS1CRUdJTiBD");
  EXPECT_NE(ReadFile(file).find("kubernetes"), std::string::npos);
}

TEST_F(SetupK8s, TakesNothingButCertificatesOutOfTheFile) {
  const std::string of_one = AuthorityFor(kCertificate);

  EXPECT_EQ(AuthorityFor(kKey + kCertificate), of_one);
  EXPECT_EQ(AuthorityFor("a remark: hunter2\n" + kCertificate + kKey), of_one);
  EXPECT_GT(AuthorityFor(kCertificate + kKey + kCertificate).size(), 2 * of_one.size() - 8);
  EXPECT_EQ(ReadFile(file).find("U0VDUkVU"), std::string::npos);
}

TEST_F(SetupK8s, RefusesAFileWithoutAGoodCertificate) {
  EXPECT_TRUE(Contains(Refused().what(), "there is no file " + k8s.certificate_authority));
  std::string broken = kCertificate;
  broken.replace(broken.find("MIIB"), 4, "AAAA");
  for (const std::string& content : {std::string(), kKey, broken, kCertificate + broken, kCertificate.substr(0, 100),
                                     std::string("-----BEGIN CERTIFICATE-----\n")}) {
    std::ofstream(k8s.certificate_authority) << content;
    EXPECT_TRUE(Contains(Refused().what(), "is not a PEM file of certificates")) << content;
  }
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(SetupK8s, TakesTheAddressOfAServerOnly) {
  k8s.certificate_authority = "";
  for (const std::string url : {"http://x", "", "https://", "https:///x", "https://a b", "https://x\nfoo: bar", "https://user:pass@x:6443",
                                "https://x:0", "https://x:65536", "https://x:", "https://x:6443a", "https://-x", "https://x?a=b",
                                "https://x#a", "https://[::1", "https://[zz]", "https://\xc3\xbc", "https://x\\y", "https://[::1]a"}) {
    k8s.url = url;
    EXPECT_TRUE(Contains(Refused().what(), "--server is not the address of a cluster's API: ")) << url;
    EXPECT_EQ(std::string(Refused().what()).find("pass"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(file));
  for (const std::string url : {"https://x", "HTTPS://Lab.Example.com:65535", "https://x:1/k8s/clusters/c-1", "https://[::1]:6443", "https://[::1]",
                                "https://10.0.0.1:6443/"}) {
    std::filesystem::remove(file);
    k8s.url = url;
    Run();
    EXPECT_EQ(Written().FindCluster("lab")->server, url);
  }
}

TEST_F(SetupK8s, ANameThatIsTakenWantsAnotherOne) {
  k8s.certificate_authority = "";
  Run();
  k8s.url = "https://other.example.com";

  EXPECT_EQ(Refused().remedy(), "choose another name: --cluster NAME, or remove that one: kubectl --kubeconfig " + file +
                                    " config delete-cluster lab");
}

TEST_F(SetupK8s, SendsNoTokenToAServerThatAnotherEntryDoesNotVerify) {
  const std::string cluster = "clusters:\n- name: lab\n  cluster:\n    server: https://lab.example.com:6443\n";
  const std::string insecure = cluster + "    insecure-skip-tls-verify: true\n";
  const std::string authority = k8s.certificate_authority;
  k8s.certificate_authority = "";
  Put(insecure);
  EXPECT_TRUE(Contains(Refused().what(), "cluster lab in " + file + " has insecure-skip-tls-verify"));
  EXPECT_EQ(Refused().remedy(), "choose another name: --cluster NAME, or remove insecure-skip-tls-verify there by hand");
  EXPECT_EQ(ReadFile(file), insecure);

  Put(cluster + "    insecure-skip-tls-verify: false\n");
  Run();

  std::ofstream(authority) << kCertificate;
  k8s.certificate_authority = authority;
  Put(insecure);
  Run();
  EXPECT_EQ(ReadFile(file).find("insecure"), std::string::npos) << "an authority replaces it";
}

TEST_F(SetupK8s, SaysWhatToDoAboutAMissingOrUnreadableName) {
  k8s.certificate_authority = "";
  k8s.cluster = "";
  EXPECT_EQ(Refused().remedy(), "give --cluster NAME");
  k8s.cluster = "\xe9";
  EXPECT_EQ(Refused().remedy(), "write it in UTF-8");
}

}  // namespace
}  // namespace vouch
