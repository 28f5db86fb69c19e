using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace ServerlessMme.Cli.Composition;

/// <summary>Explains why a server can't listen.</summary>
internal static class ListenFailure
{
    /// <summary>Returns the reason without the way out, or null for any other failure.</summary>
    public static string? Explain(Exception exception, IPAddress address, int port) => exception switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            $"This user may not listen on port {port}",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
            $"This machine has no address {address}",
        SocketException socket => $"mme cannot listen on {address}, port {port} ({socket.Message})",
        { InnerException: AddressInUseException } => $"Port {port} on {address} is in use",
        _ => null,
    };
}
