# The headers of libraries, compiled once for all files, which saves a third of a sanitizer build. (With g++ 12 it saves nothing, for that
# reads all of such a file each time.) Never our own headers, and never for what is shipped: there, each file has what it includes
# and nothing else.
set(headers
  <algorithm> <array> <atomic> <chrono> <condition_variable> <deque> <filesystem> <fstream> <functional> <future> <iostream> <map>
  <memory> <mutex> <optional> <set> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>
  <boost/asio/io_context.hpp> <boost/asio/local/stream_protocol.hpp> <boost/asio/post.hpp> <boost/asio/steady_timer.hpp>
  <grpcpp/grpcpp.h> <nlohmann/json.hpp> <vouch/agent/v1/agent.grpc.pb.h>)
add_compile_options("SHELL:-Xclang -fno-pch-timestamp")  # or ccache cannot tell that it is the same
file(CONFIGURE OUTPUT nothing.cpp CONTENT "")
add_library(precompiled_for_libraries OBJECT ${CMAKE_CURRENT_BINARY_DIR}/nothing.cpp)
add_executable(precompiled_for_tests ${CMAKE_CURRENT_BINARY_DIR}/nothing.cpp)
target_link_libraries(precompiled_for_tests PRIVATE GTest::gtest_main)
foreach(target precompiled_for_libraries precompiled_for_tests)
  target_link_libraries(${target} PRIVATE vouch_grpc nlohmann_json::nlohmann_json Boost::headers vouch_settings)
endforeach()
target_precompile_headers(precompiled_for_libraries PRIVATE ${headers})
target_precompile_headers(precompiled_for_tests PRIVATE ${headers} <gtest/gtest.h>)

# vouch_precompiled_in FOLDER: for each target of C++ there and below.
function(vouch_precompiled_in folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL STATIC_LIBRARY)
      target_precompile_headers(${target} REUSE_FROM precompiled_for_libraries)
    elseif(type STREQUAL EXECUTABLE)
      target_precompile_headers(${target} REUSE_FROM precompiled_for_tests)
    endif()
  endforeach()
  get_property(below DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(one IN LISTS below)
    vouch_precompiled_in(${one})
  endforeach()
endfunction()
vouch_precompiled_in(${PROJECT_SOURCE_DIR}/agent)
vouch_precompiled_in(${PROJECT_SOURCE_DIR}/ctl)
vouch_precompiled_in(${CMAKE_CURRENT_SOURCE_DIR}/unit)
if(VOUCH_FUZZ)
  vouch_precompiled_in(${CMAKE_CURRENT_SOURCE_DIR}/fuzz)
endif()
