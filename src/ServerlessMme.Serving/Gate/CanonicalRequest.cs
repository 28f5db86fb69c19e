using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ServerlessMme.Serving.Gate;

/// <summary>The canonical request of AWS Signature Version 4.</summary>
internal static class CanonicalRequest
{
    private static readonly char[] Spaces = [' ', '\t', '\r', '\n', '\f', '\v'];

    /// <summary>
    /// Returns the texts of which one must have been signed: the one that AWS specifies, with an escaped query, and the
    /// one that botocore signs, with the query as sent. They differ for a query such as <c>?a=x+y</c>.
    /// </summary>
    /// <param name="signedHeaders">Lowercase names, in the order of the signature.</param>
    public static IEnumerable<string> Of(
        HttpRequest request, IReadOnlyList<string> signedHeaders, ReadOnlySpan<byte> body)
    {
        // The target as it came over the wire, because ASP.NET's path is unescaped but the signed one isn't.
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2);
        var head = $"{request.Method}\n{Path(target[0])}\n";
        var rest = new StringBuilder("\n");
        foreach (var name in signedHeaders)
        {
            rest.Append(name).Append(':').Append(Header(request, name)).Append('\n');
        }

        rest.Append('\n').AppendJoin(';', signedHeaders).Append('\n')
            .Append(Convert.ToHexStringLower(SHA256.HashData(body)));
        var query = target.Length > 1 ? target[1] : "";
        return new[] { Query(query, Again), Query(query, sent => sent) }.Distinct()
            .Select(canonical => head + canonical + rest);
    }

    /// <summary>
    /// Leaves out empty and dot segments, and escapes the others once more than on the wire, as all services except S3
    /// require.
    /// </summary>
    private static string Path(string path)
    {
        var segments = new List<string>();
        foreach (var segment in path.Split('/').Where(segment => segment is not ("" or ".")))
        {
            if (segment != "..")
            {
                segments.Add(Uri.EscapeDataString(segment));
            }
            else if (segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }
        }

        return $"/{string.Join('/', segments)}{(segments.Count > 0 && path.EndsWith('/') ? "/" : "")}";
    }

    private static string Query(string query, Func<string, string> escape)
    {
        if (query.Length == 0)
        {
            return "";
        }

        var pairs = query.Split('&').Select(pair => pair.Split('=', 2))
            .Select(pair => (Name: escape(pair[0]), Value: pair.Length > 1 ? escape(pair[1]) : ""))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal);
        return string.Join('&', pairs.Select(pair => $"{pair.Name}={pair.Value}"));
    }

    private static string Again(string escaped) => Uri.EscapeDataString(Uri.UnescapeDataString(escaped));

    private static string Header(HttpRequest request, string name) =>
        string.Join(',', request.Headers[name].Select(value =>
            string.Join(' ', (value ?? "").Split(Spaces, StringSplitOptions.RemoveEmptyEntries))));
}
