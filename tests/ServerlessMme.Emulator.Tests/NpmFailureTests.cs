namespace ServerlessMme.Emulator.Tests;

/// <summary>The outputs are npm's own, shortened.</summary>
public sealed class NpmFailureTests
{
    [Fact]
    public void A_registry_that_refuses_the_connection_is_named_without_the_stack()
    {
        const string output = """
            npm error code ECONNREFUSED
            npm error syscall connect
            npm error errno ECONNREFUSED
            npm error FetchError: request to http://127.0.0.1:1/xmlbuilder failed, reason: connect ECONNREFUSED
            npm error     at ClientRequest.<anonymous> (/usr/lib/node_modules/npm/lib/index.js:130:14)
            npm error   type: 'system'
            npm error }
            npm error A complete log of this run can be found in: /home/me/.npm/_logs/2026-debug-0.log

            """;

        Assert.Equal(
            "npm could not install Azurite: it could not reach http://127.0.0.1:1 (ECONNREFUSED). Check the "
            + "connection, the proxy and 'npm config get registry', and try again. npm's log: "
            + "/home/me/.npm/_logs/2026-debug-0.log",
            NpmFailure.Explain(output));
    }

    [Fact]
    public void A_registry_that_no_name_server_knows_is_named()
    {
        const string output = """
            npm error code ENOTFOUND
            npm error network request to https://me:secret@no-such-host.invalid/xmlbuilder failed, reason: getaddrinfo ENOTFOUND
            """;

        Assert.Contains(
            "it could not reach https://no-such-host.invalid (ENOTFOUND).", NpmFailure.Explain(output),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Any_other_failure_is_given_in_the_first_words_of_npm()
    {
        const string output = """
            npm ERR! code E404
            npm ERR! 404 Not Found - GET https://me:p/a@ss@registry.example/azurite - Not found
            npm ERR! 404
            npm ERR! A complete log of this run can be found in:
            npm ERR!     /home/me/.npm/_logs/old-debug-0.log
            """;

        Assert.Equal(
            "npm could not install Azurite: 404 Not Found - GET https://registry.example/azurite - Not found. Check "
            + "npm's settings with 'npm config list', and try again. npm's log: "
            + "/home/me/.npm/_logs/old-debug-0.log",
            NpmFailure.Explain(output));
        Assert.Contains(": it gave no reason.", NpmFailure.Explain(""), StringComparison.Ordinal);
    }
}
