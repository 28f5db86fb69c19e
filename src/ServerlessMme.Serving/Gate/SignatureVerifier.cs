using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Gate;

/// <summary>
/// Verifies AWS Signature Version 4 for the service <c>sagemaker</c>, in any region, with the keys in
/// <see cref="ServeOptions.Keys"/>. Without keys, every request passes. Thread-safe.
/// </summary>
internal sealed class SignatureVerifier(IOptions<ServeOptions> options, TimeProvider time)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string TimeForm = "yyyyMMdd'T'HHmmss'Z'";
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    // Proxies add tracing headers after the request was signed.
    private static readonly string[] Unsigned = ["x-amzn-trace-id"];

    private readonly Dictionary<string, string> _keys = options.Value.Keys;

    /// <summary>Rejects a request that doesn't name a known key, before its body is read.</summary>
    /// <exception cref="ServeException">403: the signature is missing, malformed, or names an unknown key.</exception>
    public void CheckKey(HttpRequest request)
    {
        if (_keys.Count > 0)
        {
            Read(request);
        }
    }

    /// <summary>Rejects a request that isn't signed with one of the keys.</summary>
    /// <exception cref="ServeException">403: the signature is missing, wrong, or more than 5 minutes off.</exception>
    public void Check(HttpRequest request, ReadOnlySpan<byte> body)
    {
        if (_keys.Count == 0)
        {
            return;
        }

        var credential = Read(request);
        var at = request.Headers["X-Amz-Date"].ToString();
        if (!DateTimeOffset.TryParseExact(
                at, TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var signedAt)
            || !at.StartsWith(credential.Scope[0], StringComparison.Ordinal)
            || (time.GetUtcNow() - signedAt).Duration() > Skew)
        {
            throw Refuse("InvalidSignatureException", "The signature is not of this time: check the clock.");
        }

        if (Array.Find(Needed(request), name => !credential.SignedHeaders.Contains(name)) is { } missing)
        {
            throw Refuse("InvalidSignatureException", $"The header '{missing}' is not signed.");
        }

        var canonical = CanonicalRequest.Of(request, credential.SignedHeaders, body);
        var text = $"{Algorithm}\n{at}\n{string.Join('/', credential.Scope)}\n"
            + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        var expected = Convert.ToHexStringLower(Hmac(SigningKey(_keys[credential.Key], credential.Scope), text));
        if (!CryptographicOperations.FixedTimeEquals(
                Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(credential.Signature)))
        {
            throw Refuse("InvalidSignatureException", "The signature does not match: check the secret key.");
        }
    }

    private Credential Read(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            throw Refuse("MissingAuthenticationTokenException", "The request is not signed.");
        }

        if (Credential.Parse(header, Algorithm) is not { } credential || credential.Scope is not [_, _, "sagemaker", _])
        {
            throw Refuse("IncompleteSignatureException", "Authorization is no signature for the service 'sagemaker'.");
        }

        return _keys.ContainsKey(credential.Key)
            ? credential
            : throw Refuse("UnrecognizedClientException", "The access key is not known here.");
    }

    /// <summary>Headers that must be signed because nobody may change them: the host and all AWS headers.</summary>
    private static string[] Needed(HttpRequest request) =>
    [
        "host",
        .. request.Headers.Keys.Select(name => name.ToLowerInvariant())
            .Where(name => name.StartsWith("x-amz", StringComparison.Ordinal) && !Unsigned.Contains(name)),
    ];

    private static byte[] SigningKey(string secret, string[] scope) =>
        scope.Aggregate(Encoding.UTF8.GetBytes($"AWS4{secret}"), Hmac);

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static ServeException Refuse(string code, string message) => new(new ServeError(403, code, message));
}

/// <summary>The parsed header <c>Authorization</c>.</summary>
/// <param name="Scope">Date, region, service, <c>aws4_request</c>.</param>
internal sealed record Credential(string Key, string[] Scope, string[] SignedHeaders, string Signature)
{
    /// <summary>Parses the header; null if it has another format.</summary>
    public static Credential? Parse(string header, string algorithm)
    {
        if (!header.StartsWith($"{algorithm} ", StringComparison.Ordinal))
        {
            return null;
        }

        var parts = header[(algorithm.Length + 1)..].Split(',').Select(part => part.Trim().Split('=', 2))
            .Where(pair => pair.Length == 2).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]);
        return parts.TryGetValue("Credential", out var credential) && credential.Split('/') is { Length: 5 } scope
            && parts.TryGetValue("SignedHeaders", out var headers) && parts.TryGetValue("Signature", out var signature)
            ? new Credential(scope[0], scope[1..], headers.Split(';'), signature)
            : null;
    }
}
