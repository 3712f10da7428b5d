# `cpack -G DEB`, after the programs are built: one package, vouchd_<version>_<architecture>.deb.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME vouchd)
set(CPACK_PACKAGE_VENDOR "The vouchd authors")
set(VOUCH_MAINTAINER "The vouchd authors <maintainers@vouchd.invalid>" CACHE STRING "Who answers for the Debian package")
set(CPACK_PACKAGE_CONTACT ${VOUCH_MAINTAINER})
set(CPACK_PACKAGE_HOMEPAGE_URL https://vouch.sh/)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE ${CPACK_PACKAGE_HOMEPAGE_URL})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "credential agent for Vouch, AWS and Kubernetes")
set(CPACK_PACKAGE_DESCRIPTION "Touch a security key once in the morning: for the session of 8 hours
aws, kubectl, helm, terraform and every AWS SDK have fresh short-lived
credentials, and no AWS credential is ever kept on disk.

vouchd is the agent: it holds the session with the Vouch server, fetches
credentials and renews them before they get old. vouchctl is what people
type. vouch-credential-process and vouch-exec-credential are what aws and
kubectl run.")
set(CPACK_VERBATIM_VARIABLES ON)

# With DESTDIR the install step sees the real prefix, which it writes into the unit.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The user manager starts vouchd, its bus is how programs find the keyring, and udev tells a security key from a keyboard
# and gives it to the person at the screen.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "dbus-user-session, libpam-systemd, udev")
# Desktops bring a keyring; where nobody sits at a screen it could not be unlocked.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "gnome-keyring | kwalletmanager | keepassxc, awscli, kubernetes-client, bash-completion")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_CURRENT_LIST_DIR}/postinst ${CMAKE_CURRENT_LIST_DIR}/prerm ${CMAKE_CURRENT_LIST_DIR}/postrm)

set(CPACK_VOUCH_SOURCE_DATE_EPOCH ${VOUCH_SOURCE_DATE_EPOCH})
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/date.cmake)
# What only a Debian package has: its changelog, its overrides, compressed pages.
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/finish.cmake)
include(CPack)
