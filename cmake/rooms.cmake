# A room is a folder, a library target and a namespace. It may use only rooms that stand above it in src/CMakeLists.txt
# and that it names in USES; both the link edges and the #include lines are checked when the project is configured.
#
#   gatehouse_room(engines/token USES base json crypto [LIBRARIES OpenSSL::Crypto])
#
# *.cpp becomes the library gatehouse_<room>; *_test.cpp becomes the program <room>_test. doctest cases in a static
# library would be dropped by the linker, hence the separate program.
set_property(GLOBAL PROPERTY GATEHOUSE_ROOMS "")

function(gatehouse_room PATH)
  cmake_parse_arguments(ROOM "" "" "USES;LIBRARIES" ${ARGN})
  get_filename_component(NAME ${PATH} NAME)
  get_property(KNOWN GLOBAL PROPERTY GATEHOUSE_ROOMS)
  foreach(USED IN LISTS ROOM_USES)
    if(NOT USED IN_LIST KNOWN)
      message(FATAL_ERROR "room ${PATH} uses '${USED}', which is not a room listed above it in src/CMakeLists.txt")
    endif()
  endforeach()

  set(FOLDER ${CMAKE_CURRENT_SOURCE_DIR}/${PATH})
  file(GLOB_RECURSE SOURCES CONFIGURE_DEPENDS ${FOLDER}/*.cpp ${FOLDER}/*.hpp)
  set(TESTS ${SOURCES})
  list(FILTER TESTS INCLUDE REGEX "_test\\.cpp$")
  list(FILTER SOURCES EXCLUDE REGEX "(_test|/main)\\.cpp$")  # main.cpp belongs to a program, which its CMakeLists names
  gatehouse_check_includes(${PATH} "${NAME};${ROOM_USES}" ${SOURCES} ${TESTS})

  if(NOT SOURCES)  # a room that is listed and still empty
    add_library(gatehouse_${NAME} INTERFACE)
    set_property(GLOBAL APPEND PROPERTY GATEHOUSE_ROOMS ${NAME})
    return()
  endif()
  add_library(gatehouse_${NAME} STATIC ${SOURCES})
  target_include_directories(gatehouse_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(gatehouse_${NAME} PUBLIC ${ROOM_LIBRARIES} Threads::Threads)
  foreach(USED IN LISTS ROOM_USES)
    target_link_libraries(gatehouse_${NAME} PUBLIC gatehouse_${USED})
  endforeach()
  set_target_properties(gatehouse_${NAME} PROPERTIES LINKER_LANGUAGE CXX UNITY_BUILD_BATCH_SIZE 12)

  if(TESTS AND NOT GATEHOUSE_FUZZ)
    add_executable(${NAME}_test ${TESTS} ${CMAKE_SOURCE_DIR}/tests/doctest_main.cpp)
    set_source_files_properties(${CMAKE_SOURCE_DIR}/tests/doctest_main.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    target_link_libraries(${NAME}_test PRIVATE gatehouse_${NAME})
    add_test(NAME ${NAME} COMMAND ${NAME}_test)
    set_property(GLOBAL APPEND PROPERTY GATEHOUSE_TESTS ${NAME}_test)
  endif()
  set_property(GLOBAL APPEND PROPERTY GATEHOUSE_ROOMS ${NAME})
  set_property(GLOBAL PROPERTY GATEHOUSE_PATH_${NAME} ${PATH})
endfunction()

# Link edges alone would let a room include what its neighbours use.
function(gatehouse_check_includes PATH ALLOWED)
  foreach(FILE IN LISTS ARGN)
    file(STRINGS ${FILE} LINES REGEX "^#include \"")
    foreach(LINE IN LISTS LINES)
      if(LINE MATCHES "#include \"(ground|engines|services|doors|app)/([a-z0-9_]+)/")
        if(NOT CMAKE_MATCH_2 IN_LIST ALLOWED)
          message(FATAL_ERROR "${FILE}: room ${PATH} may not include from room '${CMAKE_MATCH_2}' (add it to USES, if it stands above)")
        endif()
      else()
        message(FATAL_ERROR "${FILE}: an include in quotes spells its room from src/: ${LINE}")
      endif()
    endforeach()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FILE})
  endforeach()
endfunction()
