# Run by CPack before all else: what it writes bears the date of the source, not of the day.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
  set(ENV{SOURCE_DATE_EPOCH} ${CPACK_VOUCH_SOURCE_DATE_EPOCH})
endif()
