using System.Security.Cryptography;

namespace ServerlessMme.Core.Requests;

/// <summary>
/// A message's name in storage: the first 32 hexadecimal digits of the SHA-256 of its plain text. A message has the
/// same digest in plain text and in base64, because the Functions host decodes a message for the app but moves it to
/// the poison queue as received.
/// </summary>
public static class MessageDigest
{
    /// <summary>Length of a digest, in characters.</summary>
    public const int Length = 32;

    public static string Of(ReadOnlyMemory<byte> body)
    {
        var digest = SHA256.HashData(MessageParser.Decode(body).Span);
        return Convert.ToHexStringLower(digest)[..Length];
    }
}
