using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Serving.Console.Settings;

/// <summary>How people sign in to the console (<c>Mme:Console</c>).</summary>
internal sealed class ConsoleOptions : IValidatableObject
{
    internal const int MinToken = 32;
    private const int MaxToken = 256;

    /// <summary>
    /// The token in the console's address: 32 to 256 letters, digits, `-`, `_`, `.` or `~`. Anyone who has it can do
    /// what the console's process can. Default: a new random one at each start, which ends all earlier sign-ins.
    /// </summary>
    public string? Token { get; set; }

    /// <summary>Checks the token without showing it.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Token is not { Length: > 0 } token)
        {
            yield break;
        }

        if (token.Length is < MinToken or > MaxToken)
        {
            yield return new ValidationResult(
                $"Mme:Console:Token has {token.Length} characters, but must have {MinToken} to {MaxToken}. "
                + "'openssl rand -hex 32' creates a valid token.",
                [nameof(Token)]);
        }
        else if (!token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~'))
        {
            // A browser would escape other characters in an address.
            yield return new ValidationResult(
                "Mme:Console:Token may contain only letters, digits, '-', '_', '.' and '~'. 'openssl rand -hex 32' "
                + "creates a valid token.",
                [nameof(Token)]);
        }
    }
}
