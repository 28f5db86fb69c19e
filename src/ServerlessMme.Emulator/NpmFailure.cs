using System.Text.RegularExpressions;

namespace ServerlessMme.Emulator;

/// <summary>Explains why npm could not install Azurite.</summary>
internal static partial class NpmFailure
{
    private const int MaxReason = 300;

    // Errors of the connection, from the resolver to TLS.
    private static readonly string[] Unreachable =
    [
        "ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT", "EHOSTUNREACH",
        "ENETUNREACH", "CERT_HAS_EXPIRED", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ];

    /// <summary>Returns one line for people: the reason, the way out, and the path of npm's log.</summary>
    /// <param name="output">What npm printed at the log level <c>error</c>.</param>
    public static string Explain(string output)
    {
        output = Credentials().Replace(output, "");
        var code = Code().Match(output) is { Success: true } found ? found.Groups["code"].Value : "";
        var (reason, wayOut) = Unreachable.Contains(code)
            ? ($"it could not reach {Registry(output)} ({code})",
                "Check the connection, the proxy and 'npm config get registry', and try again.")
            : (FirstReason(output), "Check npm's settings with 'npm config list', and try again.");
        var log = Log().Match(output) is { Success: true } path ? $" npm's log: {path.Groups["path"].Value}" : "";
        return $"npm could not install Azurite: {reason}{(reason.EndsWith('…') ? "" : ".")} {wayOut}{log}";
    }

    private static string Registry(string output) =>
        Request().Match(output) is { Success: true } request
            ? request.Groups["scheme"].Value + request.Groups["host"].Value
            : "the registry";

    /// <summary>Returns the first line that is neither npm's code for the error nor a part of its details.</summary>
    private static string FirstReason(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !Detail().IsMatch(line)).Select(line => Prefix().Replace(line, "").Trim())
            .Where(line => line.Length > 0);
        var reason = lines.FirstOrDefault() ?? "it gave no reason";
        reason = string.Concat(reason.Where(letter => !char.IsControl(letter)));
        return reason.Length > MaxReason ? $"{reason[..MaxReason]}…" : reason.TrimEnd('.');
    }

    [GeneratedRegex(@"^npm (error|ERR!) code (?<code>\S+)", RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex(@"request to (?<scheme>https?://)(?<host>[^/\s]+)")]
    private static partial Regex Request();

    // A password may contain a slash or an at sign.
    [GeneratedRegex(@"(?<=https?://)\S*@")]
    private static partial Regex Credentials();

    [GeneratedRegex(@"^npm (error|ERR!) (code|errno|syscall|path|dest|A complete log)\b")]
    private static partial Regex Detail();

    [GeneratedRegex(@"^npm (error|ERR!)")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"A complete log of this run can be found in:\s*(npm (error|ERR!)\s+)?(?<path>[^\r\n]+)")]
    private static partial Regex Log();
}
