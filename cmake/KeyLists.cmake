# tb_embed_key_lists(OUTPUT)  writes a source file with the texts of models/keys.
#
# Made again whenever a list changes, since CMake then configures anew.
function(tb_embed_key_lists output)
  file(GLOB_RECURSE lists RELATIVE "${CMAKE_SOURCE_DIR}/models/keys" CONFIGURE_DEPENDS
       "${CMAKE_SOURCE_DIR}/models/keys/*.txt")
  set(code "#include \"models/key_texts.h\"\nnamespace train_backbone::models {\n")
  string(APPEND code "const std::vector<KeyText>& key_texts() {\n  static const std::vector<KeyText> texts{\n")
  foreach(list IN LISTS lists)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
                 "${CMAKE_SOURCE_DIR}/models/keys/${list}")
    file(READ "${CMAKE_SOURCE_DIR}/models/keys/${list}" text)
    string(APPEND code "{\"${list}\", R\"(${text})\"},\n")
  endforeach()
  string(APPEND code "  };\n  return texts;\n}\n}  // namespace train_backbone::models\n")
  file(CONFIGURE OUTPUT "${output}" CONTENT "${code}" @ONLY)
endfunction()
