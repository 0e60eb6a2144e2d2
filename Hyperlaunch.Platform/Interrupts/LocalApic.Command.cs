namespace Hyperlaunch.Platform.Interrupts;

/// <content>The interrupt command: what a processor sends to others and to itself.</content>
public sealed partial class LocalApic
{
    // Interrupt command register
    private const uint CommandLogical = 1u << 11;
    private const uint CommandAssert = 1u << 14;
    private const uint CommandLevel = 1u << 15;
    private const int CommandShorthandShift = 18;
    private const uint CommandWritable = 0x000C_CFFF;
    private const uint CommandDeliveryStatus = 1u << 12;

    private const uint ShorthandNone = 0;
    private const uint ShorthandSelf = 1;
    private const uint ShorthandAll = 2;

    private void SendToSelf(byte vector)
    {
        if (vector < FirstLegalVector)
        {
            ReportError(ErrorSendIllegalVector);
            return;
        }

        Receive(vector, isLevel: false);
    }

    /// <summary>Sends what the interrupt command register says (Intel SDM volume 3, section 11.6.1 and table 11-3).</summary>
    private void SendCommand(uint destination, bool isWide)
    {
        uint command = (uint)_command;
        ApicMessage message = default;
        message.Mode = Mode(command);
        message.Vector = (byte)(command & LocalVectorMask);
        message.IsLogical = (command & CommandLogical) != 0;
        message.IsWide = isWide;
        message.Destination = destination;
        switch (message.Mode)
        {
            case ApicDeliveryMode.Fixed:
            case ApicDeliveryMode.LowestPriority:
                if (message.Vector < FirstLegalVector)
                {
                    ReportError(ErrorSendIllegalVector);
                    return;
                }

                break;
            case ApicDeliveryMode.Init when (command & (CommandLevel | CommandAssert)) == CommandLevel:
                // INIT level de-assert only synchronizes arbitration IDs, which nothing here uses.
                return;
            case ApicDeliveryMode.Init:
            case ApicDeliveryMode.Startup:
            case ApicDeliveryMode.NonMaskable:
                break;
            default:
                return;
        }

        uint shorthand = command >> CommandShorthandShift;
        if (shorthand == ShorthandNone)
        {
            _bus.Send(message);
        }
        else if (shorthand is ShorthandSelf or ShorthandAll)
        {
            // Only fixed interrupts may be sent to oneself by shorthand.
            if (message.Mode == ApicDeliveryMode.Fixed)
            {
                if (shorthand == ShorthandSelf)
                {
                    Receive(message.Vector, isLevel: false);
                }
                else
                {
                    _bus.Broadcast(message, -1);
                }
            }
        }
        else
        {
            message.Destination = isWide ? uint.MaxValue : 0xFF;
            _bus.Broadcast(message, _index);
        }
    }
}
