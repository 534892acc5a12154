# haul_harden(TARGET): compiles what links TARGET so that damaged memory ends
# the program instead of steering it. What the compiler or the linker does not
# know is left out, and so is what CFLAGS speak of already: a packager's word
# stands. Not among them is -ftrivial-auto-var-init: clearing each path's buffer
# on the stack doubles the instructions of a run.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckLinkerFlag)

function(haul_harden target)
    set(jumps -fcf-protection)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
        set(jumps -mbranch-protection=standard)
    endif()
    foreach(flag -fstack-protector-strong -fstack-clash-protection ${jumps})
        string(REGEX REPLACE "^-[fm]|-strong$|=.*$" "" word ${flag})
        string(MAKE_C_IDENTIFIER HAUL_KNOWS${flag} known)
        check_c_compiler_flag(${flag} ${known})
        if(${known} AND NOT CMAKE_C_FLAGS MATCHES ${word})
            target_compile_options(${target} INTERFACE ${flag})
        endif()
    endforeach()
    foreach(word relro now noexecstack)
        set(flag LINKER:-z,${word})
        check_linker_flag(C ${flag} HAUL_LINKS_${word})
        if(HAUL_LINKS_${word})
            target_link_options(${target} INTERFACE ${flag})
        endif()
    endforeach()
    haul_fortify(${target})
endfunction()

# The C library checks the sizes of what it writes to; it can do so in code that
# is optimized, and some compilers have it do so by themselves.
function(haul_fortify target)
    set(CMAKE_REQUIRED_FLAGS -O2)
    check_c_source_compiles("
        #ifdef _FORTIFY_SOURCE
        #error the packager or the compiler says it
        #endif
        int main(void) { return 0; }" HAUL_MAY_FORTIFY)
    # Older ones take 3 for 2, and newer ones warn of what they take so.
    set(CMAKE_REQUIRED_DEFINITIONS -D_FORTIFY_SOURCE=3)
    check_c_source_compiles("
        #include <stdio.h>
        #if !defined __USE_FORTIFY_LEVEL || __USE_FORTIFY_LEVEL < 3
        #error not known here
        #endif
        int main(void) { return 0; }" HAUL_KNOWS_FORTIFY_3)
    set(level 2)
    if(HAUL_KNOWS_FORTIFY_3)
        set(level 3)
    endif()
    if(HAUL_MAY_FORTIFY)
        target_compile_definitions(${target} INTERFACE
            $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:_FORTIFY_SOURCE=${level}>)
    endif()
endfunction()
