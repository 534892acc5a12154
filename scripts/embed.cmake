# cmake -DOUT=FILE.c -DNAMES=a,b -DFILES=x,y+z -P embed.cmake: each file as a
# NUL-terminated array of its name. Files with a + between them become one array,
# and the modules (.mjs) among them one module: the lines that import are left
# out, and the word export.
string(REPLACE "," ";" NAMES "${NAMES}")
string(REPLACE "," ";" FILES "${FILES}")
set(text "")
foreach(name group IN ZIP_LISTS NAMES FILES)
    string(REPLACE "+" ";" group "${group}")
    set(whole "")
    foreach(file IN LISTS group)
        file(READ "${file}" part)
        if(file MATCHES "[.]mjs$")
            string(REGEX REPLACE "(^|\n)import [^\n]*" "\\1" part "${part}")
            string(REGEX REPLACE "(^|\n)export " "\\1" part "${part}")
        endif()
        string(APPEND whole "${part}")
    endforeach()
    file(WRITE "${OUT}.part" "${whole}")
    file(READ "${OUT}.part" hex HEX)
    file(REMOVE "${OUT}.part")
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(APPEND text "extern const unsigned char ${name}[];\n"
        "const unsigned char ${name}[] = {${bytes}0};\n")
endforeach()
file(WRITE "${OUT}" "${text}")
