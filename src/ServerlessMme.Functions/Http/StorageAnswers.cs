using Azure;
using Azure.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;
using ServerlessMme.Hosting;
using ServerlessMme.Storage;

namespace ServerlessMme.Functions.Http;

/// <summary>Reads storage for a response, and returns 503 with the way out if storage fails.</summary>
internal static class StorageAnswers
{
    private const string CheckAccount = "Check that the account in AzureWebJobsStorage exists, and check its firewall.";

    /// <summary>Time limit for storage. Leaves an instance one more second to handle its first request.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>Reads from storage, for at most <see cref="Limit"/>.</summary>
    /// <param name="read">
    /// Keeps running after the limit if it ignores its token, so it must not change anything.
    /// </param>
    /// <exception cref="TimeoutException">Storage did not answer in time.</exception>
    public static async Task<T> ReadAsync<T>(
        Func<CancellationToken, Task<T>> read, TimeProvider time, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // Cancellation alone isn't enough, because a credential may be slow to honor it.
            return await read(stopping.Token).WaitAsync(Limit, time, cancellationToken);
        }
        finally
        {
            await stopping.CancelAsync();
        }
    }

    /// <summary>Returns the answer. If it fails, logs the reason, and returns 503 with the reason.</summary>
    public static async Task<IActionResult> AnswerAsync(
        Func<Task<IActionResult>> answer, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            return await answer();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogError(exception, "A request could not be answered");
            return Answers.Unavailable(Explain(exception));
        }
    }

    /// <summary>Explains what happened, and what to change in the app's settings or in Azure.</summary>
    public static string Explain(Exception exception) => exception switch
    {
        TimeoutException => $"Storage did not respond within {Limit.TotalSeconds:0} seconds. {CheckAccount}",
        StorageUnreachableException unreachable => $"{unreachable.Message} {CheckAccount}",
        AuthenticationFailedException or AggregateException { InnerExceptions: [.., AuthenticationFailedException] } =>
            "The app could not sign in with its identity, so it could not read storage. Check that the identity is "
            + "assigned to the app. If it is a user-assigned identity, also check AzureWebJobsStorage__clientId and "
            + "AZURE_CLIENT_ID (docs/azure.md).",
        RequestFailedException { Status: 401 } or RequestFailedException { ErrorCode: "AuthenticationFailed" } =>
            "Storage refused the app's key or token. Check the account's key in AzureWebJobsStorage.",
        _ => ErrorText.Explain(exception)?.Text ?? "The request failed. The app's log contains the reason.",
    };
}
