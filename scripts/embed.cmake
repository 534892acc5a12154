# cmake -DOUT=FILE.c -DNAMES=a,b -DFILES=x,y -P embed.cmake: each file as a
# NUL-terminated array of its name.
string(REPLACE "," ";" NAMES "${NAMES}")
string(REPLACE "," ";" FILES "${FILES}")
set(text "")
foreach(name file IN ZIP_LISTS NAMES FILES)
    file(READ "${file}" hex HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(APPEND text "extern const unsigned char ${name}[];\n"
        "const unsigned char ${name}[] = {${bytes}0};\n")
endforeach()
file(WRITE "${OUT}" "${text}")
