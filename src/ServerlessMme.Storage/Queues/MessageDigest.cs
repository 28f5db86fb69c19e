using System.Security.Cryptography;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Storage.Queues;

/// <summary>
/// What a message is called where something is kept of it: the first 32 hexadecimal digits of the SHA-256 of its plain
/// text. Plain and base64 have the same: the Functions host hands a message over decoded, and moves it to the poison
/// queue as it came.
/// </summary>
public static class MessageDigest
{
    /// <summary>Characters of a digest.</summary>
    public const int Length = 32;

    public static string Of(BinaryData body)
    {
        var digest = SHA256.HashData(MessageParser.Decode(body.ToMemory()).Span);
        return Convert.ToHexStringLower(digest)[..Length];
    }
}
