using ServerlessMme.Core.Failures;

namespace ServerlessMme.Serving.Console.Http;

/// <summary>Ends a request with an error, <c>{"error":{"code","message"}}</c>.</summary>
internal sealed class ConsoleException(int status, string code, string message) : Exception(message)
{
    public int Status => status;

    public string Code => code;

    public static ConsoleException Invalid(string message) => new(400, "InvalidRequest", message);

    public static ConsoleException NotFound(string message) => new(404, "NotFound", message);

    public static ConsoleException Of(Refusal refusal) => new(
        refusal.Code switch
        {
            ErrorCode.ImageNotFound or ErrorCode.ModelNotFound => 404,
            ErrorCode.ImageTooLarge or ErrorCode.TooManyPixels or ErrorCode.ArchiveTooLarge
                or ErrorCode.TooManyEntries => 413,
            ErrorCode.InvalidModelName or ErrorCode.InvalidImageName => 400,
            ErrorCode.InvalidAlias or ErrorCode.ModelIsGroup or ErrorCode.InvalidGroup => 409,
            _ => 415,
        },
        refusal.Code.ToString(),
        refusal.Message);
}
