using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ServerlessMme.Serving.Gate;

/// <summary>The canonical request of AWS Signature Version 4.</summary>
internal static class CanonicalRequest
{
    /// <summary>Returns the text whose hash is signed.</summary>
    /// <param name="signedHeaders">Lowercase names, in the order of the signature.</param>
    public static string Of(HttpRequest request, IReadOnlyList<string> signedHeaders, ReadOnlySpan<byte> body)
    {
        // The target as it came over the wire, because ASP.NET's path is unescaped but the signed one isn't.
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2);
        var text = new StringBuilder(request.Method).Append('\n').Append(Path(target[0])).Append('\n')
            .Append(target.Length > 1 ? Query(target[1]) : "").Append('\n');
        foreach (var name in signedHeaders)
        {
            text.Append(name).Append(':').Append(Header(request, name)).Append('\n');
        }

        return text.Append('\n').AppendJoin(';', signedHeaders).Append('\n')
            .Append(Convert.ToHexStringLower(SHA256.HashData(body))).ToString();
    }

    /// <summary>Escapes every segment once more than on the wire, as all services except S3 require.</summary>
    private static string Path(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static string Query(string query)
    {
        var pairs = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .Select(pair => (Name: Again(pair[0]), Value: pair.Length > 1 ? Again(pair[1]) : ""))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal);
        return string.Join('&', pairs.Select(pair => $"{pair.Name}={pair.Value}"));
    }

    private static string Again(string escaped) => Uri.EscapeDataString(Uri.UnescapeDataString(escaped));

    private static string Header(HttpRequest request, string name) =>
        string.Join(',', request.Headers[name].Select(value =>
            string.Join(' ', (value ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))));
}
