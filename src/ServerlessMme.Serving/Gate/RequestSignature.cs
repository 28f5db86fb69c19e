using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using ServerlessMme.Serving.Errors;

namespace ServerlessMme.Serving.Gate;

/// <summary>The signature of one request, whose key is known and whose headers were checked.</summary>
/// <param name="at">Value of the header <c>X-Amz-Date</c>.</param>
internal sealed class RequestSignature(HttpRequest request, Credential credential, string secret, string at)
{
    /// <summary>The only algorithm that is accepted.</summary>
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Rejects a request that was changed after signing, or signed with another secret key.</summary>
    /// <exception cref="ServeException">403: the signature doesn't match.</exception>
    public void CheckBody(ReadOnlySpan<byte> body)
    {
        var signature = Encoding.UTF8.GetBytes(credential.Signature);
        if (!CanonicalRequest.Of(request, credential.SignedHeaders, body).Any(canonical =>
                CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(canonical)), signature)))
        {
            throw new ServeException(new ServeError(
                403, "InvalidSignatureException", "The signature does not match. Check the secret key."));
        }
    }

    private string Sign(string canonical)
    {
        var text = $"{Algorithm}\n{at}\n{string.Join('/', credential.Scope)}\n"
            + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        var key = credential.Scope.Aggregate(Encoding.UTF8.GetBytes($"AWS4{secret}"), Hmac);
        return Convert.ToHexStringLower(Hmac(key, text));
    }

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}

/// <summary>The parsed header <c>Authorization</c>.</summary>
/// <param name="Scope">Date, region, service, <c>aws4_request</c>.</param>
internal sealed record Credential(string Key, string[] Scope, string[] SignedHeaders, string Signature)
{
    /// <summary>Parses the header; null if it has another format.</summary>
    public static Credential? Parse(string header)
    {
        if (!header.StartsWith($"{RequestSignature.Algorithm} ", StringComparison.Ordinal))
        {
            return null;
        }

        var parts = header[(RequestSignature.Algorithm.Length + 1)..].Split(',')
            .Select(part => part.Trim().Split('=', 2))
            .Where(pair => pair.Length == 2).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]);
        return parts.TryGetValue("Credential", out var credential) && credential.Split('/') is { Length: 5 } scope
            && parts.TryGetValue("SignedHeaders", out var headers) && parts.TryGetValue("Signature", out var signature)
            ? new Credential(scope[0], scope[1..], headers.Split(';'), signature)
            : null;
    }
}
