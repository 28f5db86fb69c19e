using System.Text.Json;
using Azure;
using Azure.Identity;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Storage;

namespace ServerlessMme.Hosting;

/// <summary>The kinds of expected failures. Each has its own exit code, listed in docs/operations.md.</summary>
public enum FailureKind
{
    /// <summary>A setting is missing or invalid.</summary>
    Settings,

    /// <summary>Storage doesn't respond, or refuses the request.</summary>
    Storage,

    /// <summary>A file or folder doesn't exist.</summary>
    Path,

    /// <summary>A file or record that was read is invalid.</summary>
    Refused,

    /// <summary>A problem with this machine: permissions, disk space, ports or missing programs.</summary>
    Machine,
}

/// <summary>An expected failure.</summary>
/// <param name="Text">What happened, and the way out, in one or two sentences.</param>
public sealed record Explanation(FailureKind Kind, string Text);

/// <summary>Turns expected exceptions into text for people.</summary>
public static class ErrorText
{
    /// <summary>Returns the explanation; null for an unexpected exception.</summary>
    public static Explanation? Explain(Exception exception) => exception switch
    {
        OptionsValidationException options => Settings(options.Failures),
        AggregateException { InnerExceptions: [var only] } => Explain(only),
        AggregateException { InnerExceptions: var all } when all.All(e => e is OptionsValidationException) =>
            Settings(all.Cast<OptionsValidationException>().SelectMany(each => each.Failures)),
        // The SDK gathers the failures of all its attempts.
        AggregateException { InnerExceptions: [.., RequestFailedException last] } => Explain(last),
        AggregateException { InnerExceptions: [.., OperationCanceledException last] } => new(
            FailureKind.Storage, $"Storage stopped responding ({last.Message.Split('.')[0]}). Try again."),
        StorageUnreachableException unreachable => new(
            FailureKind.Storage,
            $"{unreachable.Message} Check that storage is running, and check the address in --storage, "
            + "Mme__Storage__ConnectionString or AzureWebJobsStorage."),
        RequestFailedException { Status: 0 } silent => new(
            FailureKind.Storage, $"Storage stopped responding ({silent.GetBaseException().Message}). Try again."),
        RequestFailedException storage => new(FailureKind.Storage, Answer(storage)),
        AuthenticationFailedException => new(
            FailureKind.Storage,
            "No Azure identity could sign in to storage. Run 'az login', or pass a connection string with --storage. "
            + "--verbose shows which identities were tried."),
        InvalidDataException { InnerException: { } inner } when Json(inner) is { } json => new(
            FailureKind.Settings, $"appsettings.json isn't valid JSON: {json}."),
        FileNotFoundException file => new(FailureKind.Path, $"There is no file '{file.FileName}'."),
        DirectoryNotFoundException folder => new(
            FailureKind.Path, $"There is no such file or folder: {Quoted(folder.Message)}."),
        JobUnreadableException job => new(FailureKind.Refused, job.Message),
        IOException io => new(FailureKind.Machine, io.Message),
        UnauthorizedAccessException access when Directory.Exists(Quoted(access.Message).Trim('\'')) => new(
            FailureKind.Path, $"{Quoted(access.Message)} is a folder, but must be a file."),
        UnauthorizedAccessException access => new(
            FailureKind.Machine, $"This user doesn't have permission to read or write {Quoted(access.Message)}."),
        _ => null,
    };

    private static Explanation Settings(IEnumerable<string> failures)
    {
        var all = failures.Distinct().ToList();
        return new Explanation(
            FailureKind.Settings,
            all is [var only] ? only : "The settings are invalid:\n  " + string.Join("\n  ", all));
    }

    private static string Answer(RequestFailedException storage) => (storage.Status, storage.ErrorCode) switch
    {
        (403, "AuthenticationFailed") or (401, _) =>
            $"Storage refused the key or token ({storage.Status} {storage.ErrorCode}). Check the account's key in "
            + "--storage, Mme__Storage__ConnectionString or AzureWebJobsStorage, and this machine's clock.",
        (403, _) =>
            $"Storage refused access ({storage.Status} {storage.ErrorCode}). Check the key in the connection string "
            + "or the roles of the Azure identity, usually Storage Blob Data Contributor and Storage Queue Data "
            + "Contributor. Also check the account's firewall.",
        // The SDK appends the status and all headers to the service's message, on lines of their own.
        _ => $"Storage returned {storage.Status} {storage.ErrorCode}: {storage.Message.Split('\n')[0].Trim()}",
    };

    /// <summary>Returns the problem with the malformed appsettings.json that configuration failed on.</summary>
    private static string? Json(Exception exception)
    {
        const string file = "appsettings.json";
        var json = exception as JsonException ?? exception.InnerException as JsonException;
        return json is not null && File.Exists(file) ? JsonProblem.Describe(File.ReadAllBytes(file), json) : null;
    }

    /// <summary>Returns the path in a message of the base class library, with its quotes.</summary>
    private static string Quoted(string message)
    {
        var (start, end) = (message.IndexOf('\''), message.LastIndexOf('\''));
        return end > start ? message[start..(end + 1)] : message;
    }
}
