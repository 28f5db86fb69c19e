using System.Net;
using System.Net.Sockets;

namespace ServerlessMme.Emulator.Background;

/// <summary>Refuses ports that storage can't listen on.</summary>
internal static class PortCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <exception cref="EmulatorException">
    /// A port is in use. The message names the process that uses it, if known.
    /// </exception>
    public static async Task CheckAsync(StoragePorts ports, CancellationToken cancellationToken)
    {
        foreach (var (port, service) in new[]
        {
            (ports.Blob, "blob"), (ports.Queue, "queue"), (ports.Table, "table"),
        })
        {
            if (port == 0 || Try(port) is not { } error)
            {
                continue;
            }

            // Other commands than 'mme storage start' have no options for the ports, but use storage that it started.
            var wayOut = $"'mme storage start --{service}-port 0' starts local storage on a free port.";
            throw new EmulatorException(error == SocketError.AddressAlreadyInUse
                ? $"Port {port} is in use by {await OwnerAsync(port, cancellationToken)}. Stop it, or choose another "
                    + $"port: {wayOut}"
                : $"This user isn't allowed to listen on port {port} ({error}). Choose another port: {wayOut}");
        }
    }

    /// <summary>Returns why storage can't listen on a port of 127.0.0.1; null if it can.</summary>
    private static SocketError? Try(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }

    private static async Task<string> OwnerAsync(int port, CancellationToken cancellationToken)
    {
        var process = OperatingSystem.IsLinux() && PortOwner.Find(port) is { } owner
            ? $"process {owner.ProcessId} ({owner.Name})"
            : "another program";
        return await IsAzuriteAsync(port, cancellationToken)
            ? $"{process}, an Azurite that 'mme storage start' didn't start"
            : process;
    }

    private static async Task<bool> IsAzuriteAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            return await StorageProbe.ServerAsync(port, Patience, cancellationToken) is { } server
                && server.StartsWith("Azurite", StringComparison.OrdinalIgnoreCase);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
