using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using ServerlessMme.Serving.Console.Settings;

namespace ServerlessMme.Serving.Console.Access;

/// <summary>
/// The secrets that guard the console: the token in the printed address, the session in the cookie, and the value that
/// the page sends with each action. The session and the value are hashes of the token, so they last as long as the
/// token and don't reveal it.
/// </summary>
internal sealed class ConsoleSecrets
{
    private const int Digits = 64;

    public ConsoleSecrets(IOptions<ConsoleOptions> options)
    {
        IsGenerated = string.IsNullOrEmpty(options.Value.Token);
        Token = IsGenerated ? RandomNumberGenerator.GetHexString(Digits, lowercase: true) : options.Value.Token!;
        Session = Derive(nameof(Session));
        Csrf = Derive(nameof(Csrf));
    }

    /// <summary>True if the settings have no token, so this one is valid for this process only.</summary>
    public bool IsGenerated { get; }

    public string Token { get; }

    public string Session { get; }

    public string Csrf { get; }

    /// <summary>
    /// Returns true if the texts are equal. Takes constant time, so it reveals nothing about the secret, not even its
    /// length.
    /// </summary>
    public static bool AreEqual(string? given, string secret) => given is not null
        && CryptographicOperations.FixedTimeEquals(Digest(given), Digest(secret));

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private string Derive(string purpose) => Convert.ToHexStringLower(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(Token), Encoding.UTF8.GetBytes($"mme console {purpose}")));
}
