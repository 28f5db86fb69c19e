using System.Security.Cryptography;
using System.Text;

namespace ServerlessMme.Serving.Console.Access;

/// <summary>
/// The random texts that guard the console for as long as this process runs: the token in the address that is printed,
/// the session in the cookie, and what a page sends with each action.
/// </summary>
internal sealed class ConsoleSecrets
{
    private const int Digits = 64;

    public string Token { get; } = Create();

    public string Session { get; } = Create();

    public string Csrf { get; } = Create();

    /// <summary>Compares in a time that says nothing about the secret, not even its length.</summary>
    public static bool AreEqual(string? given, string secret) => given is not null
        && CryptographicOperations.FixedTimeEquals(Digest(given), Digest(secret));

    private static string Create() => RandomNumberGenerator.GetHexString(Digits, lowercase: true);

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
