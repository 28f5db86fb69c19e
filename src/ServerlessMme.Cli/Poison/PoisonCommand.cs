using System.CommandLine;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Jobs;
using ServerlessMme.Cli.Output;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Cli.Poison;

/// <summary><c>mme poison list|show|retry|drop</c>.</summary>
internal static class PoisonCommand
{
    public static Command Create() => new ExampleCommand(
        "poison",
        "Shows, retries and drops messages in the poison queue.",
        """
        Examples:
          mme poison list
          mme poison show 0f343b0931126a20f133d67c2b018a3b
          mme poison retry 0f343b0931126a20f133d67c2b018a3b
          mme poison retry --all
          mme poison drop 0f343b0931126a20f133d67c2b018a3b
        """)
    {
        ListCommand.Create(), Show(), Take(
            "retry",
            "Moves messages from the poison queue back to the queue 'classify'.",
            "moved back to the queue",
            (queue, digest, cancellationToken) => queue.RetryAsync(digest, cancellationToken)),
        Take(
            "drop",
            "Deletes messages from the poison queue, with the reasons why they failed.",
            "dropped",
            (queue, digest, cancellationToken) => queue.DropAsync(digest, cancellationToken)),
    };

    private static Command Show()
    {
        var digest = DigestArgument(ArgumentArity.ExactlyOne);
        var json = JsonOption.Create();
        return StorageHost.Run(
            new Command("show", "Shows one message, and why it failed.") { digest, json },
            async (parsed, services, cancellationToken) =>
            {
                var wanted = parsed.GetValue(digest)!;
                var entries = await services.GetRequiredService<PoisonAdmin>().ListAsync(cancellationToken);
                if (entries.FirstOrDefault(entry => entry.Digest == wanted) is not { } entry)
                {
                    return Missing(wanted);
                }

                if (parsed.GetValue(json))
                {
                    JsonOutput.Write(PoisonMessage.Of(entry), PoisonJson.Default.PoisonMessage);
                    return ExitCodes.Done;
                }

                Console.WriteLine($"message   {entry.Digest}\ngiven up  {JobText.Time(entry.GivenUpAt)}, after "
                    + Counted.Of(entry.Tries, "attempt"));
                foreach (var reason in entry.Reasons)
                {
                    Console.WriteLine($"why       {reason.Code}: {Printable.Text(reason.Message, 2000)}");
                }

                Console.WriteLine(Plain(entry, MessageParser.MaxBytes));
                return ExitCodes.Done;
            });
    }

    private static Command Take(
        string name,
        string description,
        string done,
        Func<PoisonAdmin, string?, CancellationToken, Task<IReadOnlySet<string>>> take)
    {
        var digest = DigestArgument(ArgumentArity.ZeroOrOne);
        var all = new Option<bool>("--all") { Description = "Select all messages." };
        return StorageHost.Run(
            new Command(name, description) { digest, all },
            async (parsed, services, cancellationToken) =>
            {
                var wanted = parsed.GetValue(digest);
                if ((wanted is null) != parsed.GetValue(all))
                {
                    Console.Error.WriteLine("Specify either a message or --all; 'mme poison list' shows the messages.");
                    return ExitCodes.Usage;
                }

                var taken = await take(services.GetRequiredService<PoisonAdmin>(), wanted, cancellationToken);
                if (wanted is not null && taken.Count == 0)
                {
                    return Missing(wanted);
                }

                foreach (var each in taken)
                {
                    Console.WriteLine(each);
                }

                Console.WriteLine($"{Counted.Of(taken.Count, "message")} {done}.");
                return ExitCodes.Done;
            });
    }

    private static int Missing(string digest)
    {
        Console.Error.WriteLine($"There is no message '{digest}' in the poison queue. 'mme poison list' shows the "
            + "messages. A message that another command is processing reappears within 5 minutes.");
        return ExitCodes.NotFound;
    }

    private static Argument<string?> DigestArgument(ArgumentArity arity)
    {
        var digest = new Argument<string?>("message")
        {
            Description = "The message's digest, as 'mme poison list' shows it.",
            Arity = arity,
        };
        digest.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && (token.Value.Length != MessageDigest.Length || !token.Value.All(char.IsAsciiHexDigitLower)))
            {
                result.AddError($"'{Printable.Text(token.Value)}' is not the digest of a message. A digest has "
                    + $"{MessageDigest.Length} hexadecimal digits; 'mme poison list' shows the digests.");
            }
        });
        return digest;
    }

    /// <summary>Returns the message as text that is safe to print on one line.</summary>
    internal static string Plain(PoisonEntry entry, int maxLength) => Printable.Text(
        Encoding.UTF8.GetString(MessageParser.Decode(Encoding.UTF8.GetBytes(entry.Message)).Span),
        maxLength);
}
